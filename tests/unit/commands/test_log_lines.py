"""`comms-exporter logs --explain`: every line with what it became, or where each rule let it go."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from exporter.__main__ import main
from exporter.commands.log_lines import explain
from exporter.errors import Rejected
from exporter.sources.log_rule import LogRule
from tests.unit.sources.otlp_sent import GEN_AI, json_request, protobuf_body
from tests.unit.sources.sent import DATA, NOW, fixture
from tests.unit.sources.test_loki import AT_NS, packed

CALL = LogRule(
    name="llm-call",
    match={"event": "llm_call", "level": ["info", "warning"]},
    present=["usage"],
    kind="llm",
    fields={"provider": "provider", "model": "model", "usage": "usage"},
)
DEPTH = LogRule(name="depth", match={"event": "depth"}, kind="level", set={"name": "queue_depth"})
GOOD: dict[str, Any] = {
    "event": "llm_call",
    "level": "info",
    "provider": "p",
    "model": "m",
    "usage": {"input_tokens": 5},
}


def told(*lines: dict[str, Any] | str, form: str = "ndjson") -> list[str]:
    body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return list(explain((CALL, DEPTH), form, body.encode(), NOW))


def test_an_event_is_shown_with_the_rule_that_took_its_line():
    story = told(GOOD)[0]
    before, _, event = story.partition(": {")
    assert before == "1: event by llm-call"
    assert json.loads("{" + event) == {
        "kind": "llm",
        "at": "2026-11-21T12:00:00Z",
        "provider": "p",
        "model": "m",
        "usage": {"input_tokens": 5},
    }


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"event": "other"}, "event"),
        ({"level": "debug"}, "level"),
        ({"usage": None}, "usage"),
        ({"event": None, "level": None}, "event"),
    ],
)
def test_an_ignored_line_names_the_first_condition_that_each_rule_fails_at(change, failed):
    assert told(GOOD | change)[0] == (
        f"1: ignored: llm-call fails at {failed}, depth fails at event,"
        " gen_ai fails at gen_ai.usage.input_tokens"
    )


def test_a_parked_line_has_its_rule_and_reason():
    assert told(GOOD | {"usage": {"input_tokens": -1}})[0] == (
        "1: parked by llm-call: bad_field: usage.input_tokens: Expected `int` >= 0"
    )
    assert told("nonsense")[0] == "1: parked: malformed_event: not a readable JSON object"


def test_numbers_are_those_an_editor_shows_and_the_last_line_sums_up():
    stories = told(GOOD, "", "nonsense", {"event": "other"}, GOOD)
    assert [story.partition(":")[0] for story in stories[:-1]] == ["1", "3", "4", "5"]
    assert stories[-1] == "4 lines: 2 events, 1 ignored, 1 parked"


def test_an_empty_file_has_no_lines():
    assert told("") == ["0 lines: 0 events, 0 ignored, 0 parked"]


def test_an_array_is_told_element_by_element():
    assert told(json.dumps([GOOD, 5]))[-1] == "2 lines: 1 events, 0 ignored, 1 parked"


@pytest.mark.parametrize("body", [json_request(GEN_AI).body, protobuf_body(GEN_AI)])
def test_otlp_is_told_in_both_encodings(body):
    stories = list(explain((), "otlp", body, NOW))
    assert stories[0].startswith('1: event by gen_ai: {"kind":"llm"')
    assert stories[1] == "1 lines: 1 events, 0 ignored, 0 parked"


def test_loki_is_told_in_both_encodings():
    as_json = json.dumps({"streams": [{"values": [[str(AT_NS), json.dumps(GOOD)]]}]}).encode()
    as_protobuf = packed(("{}", [(AT_NS, json.dumps(GOOD), {})]))
    stories = [list(explain((CALL,), "loki", body, NOW)) for body in (as_json, as_protobuf)]
    assert stories[0] == stories[1]
    assert stories[0][0].startswith("1: event by llm-call")


def test_a_push_that_cannot_be_read_at_all_says_so():
    with pytest.raises(Rejected):
        list(explain((), "loki", b"nonsense", NOW))


def test_recorded_calls_are_all_told_as_events():
    body = (DATA / "logs" / "llm_calls.ndjson").read_bytes()
    lines = fixture("logs/llm_calls_expected.json")["lines"]
    assert list(explain((CALL,), "ndjson", body, NOW))[-1] == (
        f"{lines} lines: {lines} events, 0 ignored, 0 parked"
    )


def rules_file(folder: Path) -> str:
    path = folder / "config.yaml"
    path.write_text(json.dumps({"logs": [CALL.model_dump()]}))
    return str(path)


def test_the_command_reads_a_file(tmp_path, capsys):
    (tmp_path / "app.log").write_text(json.dumps(GOOD))
    status = main(["--config", rules_file(tmp_path), "logs", "--explain", str(tmp_path / "app.log")])
    assert (status, capsys.readouterr().out.splitlines()[-1]) == (0, "1 lines: 1 events, 0 ignored, 0 parked")


def test_the_command_reads_standard_input(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json_request(GEN_AI).body)))
    status = main(["--config", rules_file(tmp_path), "logs", "--explain", "-", "--format", "otlp"])
    assert (status, capsys.readouterr().out.splitlines()[-1]) == (0, "1 lines: 1 events, 0 ignored, 0 parked")


def test_a_file_that_is_not_there_is_an_error(tmp_path, capsys):
    missing = str(tmp_path / "nowhere.log")
    assert main(["--config", rules_file(tmp_path), "logs", "--explain", missing]) == 1
    assert capsys.readouterr().err == f"{missing} cannot be read: No such file or directory\n"


def test_a_push_that_cannot_be_read_is_an_error(tmp_path, capsys):
    (tmp_path / "push").write_bytes(b"nonsense")
    arguments = ["--config", rules_file(tmp_path), "logs", "--format", "loki", "--explain"]
    assert main([*arguments, str(tmp_path / "push")]) == 1
    assert "malformed_body" in capsys.readouterr().err
