"""A file and an environment become one Config, or every problem at once."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter import config
from exporter.errors import ConfigError, Problem
from exporter.vocabulary import Channel


def problems_of(path: Path | None, environ: dict[str, str]) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        config.load(path, environ)
    return caught.value.problems


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return path


def test_without_file_and_environment_the_defaults_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load(None, {}) == config.Config()


def test_the_default_file_is_read_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "data_dir: elsewhere\n")
    monkeypatch.chdir(tmp_path)
    assert config.load(None, {}).data_dir == "elsewhere"


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert config.load(written(tmp_path, "# nothing set\n"), {}) == config.Config()


def test_a_file_named_by_the_environment_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    assert problems_of(None, {"COMMS_CONFIG": str(path)}) == [Problem(str(path), "no such file")]


def test_a_file_named_by_the_caller_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    assert problems_of(path, {}) == [Problem(str(path), "no such file")]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    assert problems_of(tmp_path, {}) == [Problem(str(tmp_path), "cannot be read: is a directory")]


def test_a_file_name_that_cannot_exist_is_a_problem() -> None:
    assert problems_of(Path("a\0b"), {}) == [Problem("a\0b", "cannot be read: not a file name")]


def test_a_file_larger_than_256_kib_is_a_problem(tmp_path: Path) -> None:
    assert problems_of(written(tmp_path, "#" * 300_000), {}) == [Problem("", "larger than 256 KiB")]


def test_problems_of_the_file_and_of_the_environment_are_reported_together(tmp_path: Path) -> None:
    found = problems_of(written(tmp_path, "listen: no\n"), {"DATABASE_URL": "a", "DATABASE_URL_FILE": "b"})
    assert [problem.path for problem in found] == ["line 1, column 9", "DATABASE_URL"]


def test_every_problem_of_shape_is_reported(tmp_path: Path) -> None:
    found = problems_of(
        written(tmp_path, "listen: x\nsla: {error_ratio: 2}\nzzz: 1\n"), {"DATABASE_URL": "mysql://"}
    )
    assert [problem.path for problem in found] == ["listen", "database_url", "sla.error_ratio", "zzz"]


def test_every_problem_of_meaning_is_reported(tmp_path: Path) -> None:
    text = "tenants: [a, a]\nsla:\n  response_p95_seconds: 4\n  channels: {fax: {}}\n"
    found = problems_of(written(tmp_path, text), {})
    assert [problem.path for problem in found] == [
        "tenants[1]",
        "sla.response_p95_seconds",
        "sla.channels.fax",
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30),
        ("1.5s", 1.5),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86_400),
        ("7", 7),
        ("0.25", 0.25),
    ],
)
def test_a_duration_is_seconds_inside(tmp_path: Path, text: str, seconds: float) -> None:
    loaded = config.load(written(tmp_path, f"ledger: {{checkpoint_interval_s: {text}}}\n"), {})
    assert loaded.ledger.checkpoint_interval_s == seconds


@pytest.mark.parametrize("text", ["1 s", "s", "-1s", "1w", "1S", "1e3s", "1s1m", "'30'", "1_0s"])
def test_another_way_of_writing_a_duration_is_refused(tmp_path: Path, text: str) -> None:
    found = problems_of(written(tmp_path, f"ledger: {{checkpoint_interval_s: {text}}}\n"), {})
    assert [problem.path for problem in found] == ["ledger.checkpoint_interval_s"]


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "0.0.0.0:9847", "[::1]:9847", "exporter.internal:65535"])
def test_an_address_to_listen_on_is_accepted(listen: str) -> None:
    assert config.parse({"listen": listen}).listen == listen


@pytest.mark.parametrize("listen", ["::1:9847", "9847", ":9847", "host:", "host:123456", "a b:1", "host:1\n"])
def test_anything_else_to_listen_on_is_refused(listen: str) -> None:
    with pytest.raises(ConfigError):
        config.parse({"listen": listen})


@pytest.mark.parametrize(
    "url", ["http://h/", "https://u:p@h", "ftp://h", "https://h?a", "https://h#a", "https://"]
)
def test_a_public_url_is_an_origin_and_nothing_more(url: str) -> None:
    with pytest.raises(ConfigError):
        config.parse({"public_url": url})


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_may_have_thresholds(channel: Channel) -> None:
    assert config.parse({"sla": {"channels": {channel.value: {"min_events": 5}}}})


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        config.Config().listen = "0.0.0.0:1"


def test_a_log_rule_may_fill_nested_usage() -> None:
    rule = {
        "name": "llm",
        "match": {"event": ["a", "b"], "level": 30},
        "kind": "llm",
        "set": {"provider": "openai"},
        "fields": {"model": "model", "usage.input_tokens": "usage.prompt_tokens", "at": "time"},
        "scale": {},
    }
    assert config.parse({"logs": [rule]}).logs[0].kind == "llm"


@pytest.mark.parametrize(
    ("kind", "constant"),
    [
        ("message", {"direction": "sideways"}),
        ("message", {"segments": -1}),
        ("message", {"cost_usd": "cheap"}),
        ("engagement", {"actor": "robot"}),
        ("delivery", {"status_code": 42}),
        ("llm", {"usage": "many"}),
    ],
)
def test_a_constant_that_no_event_can_carry_is_refused(kind: str, constant: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse({"logs": [{"name": "r", "match": {}, "kind": kind, "set": constant}]})
    (name,) = constant
    refused = Problem(f"logs[0].set.{name}", f"is no value that {kind} events take here")
    assert refused in caught.value.problems


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(config.Config.model_fields)), PLAIN, max_size=4))
def test_any_plain_data_is_accepted_or_refused_in_plain_english(data: dict[str, Any]) -> None:
    problems: list[Problem] = []
    try:
        config.parse(data)
    except ConfigError as error:
        problems = error.problems
    assert not any("Input should" in problem.problem for problem in problems)
