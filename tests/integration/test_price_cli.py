"""`comms-exporter price` as a filter in a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
TABLES = (
    "--llm-prices",
    str(DATA / "llm" / "price_table.json"),
    "--twilio-prices",
    str(DATA / "twilio" / "api"),
)
WHATSAPP = {"kind": "whatsapp", "country": "US", "category": "marketing", "type": "regular"}
SMS = {"kind": "sms", "to": "+447700900123", "from": "+447700900456", "segments": 2, "number_type": "mobile"}


def price(*options: str, cwd: Path, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exporter", "price", *options],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        timeout=60,
        check=False,
    )


def answers(*options: str, cwd: Path, units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done = price(*options, cwd=cwd, stdin="\n".join(map(json.dumps, units)))
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_recorded_call_has_its_exact_cost(tmp_path: Path) -> None:
    vectors = json.loads((DATA / "llm" / "price_vectors.json").read_text())["vectors"]
    units = [
        {"kind": "llm"} | {key: vector[key] for key in ("provider", "model", "usage")} for vector in vectors
    ]
    found = answers(*TABLES, cwd=tmp_path, units=units)
    assert [Decimal(answer["cost_usd"]) for answer in found] == [
        Decimal(vector["expected_cost_usd"]) for vector in vectors
    ]


def test_what_is_not_given_is_as_configured(tmp_path: Path) -> None:
    (tmp_path / "card.csv").write_text("from,country,category,rate_usd\n2025-07-01,US,marketing,0.025\n")
    (tmp_path / "other.csv").write_text("from,country,category,rate_usd\n2025-07-01,US,marketing,0.5\n")
    (tmp_path / "config.yaml").write_text("pricing:\n  whatsapp_rates: card.csv\n")
    (found,) = answers(cwd=tmp_path, units=[WHATSAPP])
    assert (found["cost_usd"], found["card"]) == ("0.025", "card.csv 2025-07-01")
    (found,) = answers("--whatsapp-rates", "other.csv", cwd=tmp_path, units=[WHATSAPP])
    assert found["cost_usd"] == "0.5"


def test_what_the_shipped_lists_do_not_know_is_said_and_it_goes_on(tmp_path: Path) -> None:
    unknown = SMS | {"to": "+33700000000", "mcc": None, "mnc": None}
    found = answers(cwd=tmp_path, units=[WHATSAPP | {"category": "calls"}, unknown, {"kind": "what"}])
    assert [answer.get("unpriced") for answer in found] == ["unknown_category", "unknown_country", None]
    assert "error" in found[2]


@pytest.mark.parametrize("option", ["--llm-prices", "--twilio-prices", "--whatsapp-rates"])
def test_a_list_that_cannot_be_read_is_named(tmp_path: Path, option: str) -> None:
    done = price(option, "nowhere", cwd=tmp_path)
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_reads_the_price_lists(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("pricing:\n  llm_prices: nowhere.json\n")
    done = subprocess.run(
        [sys.executable, "-m", "exporter", "check"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "nowhere.json: cannot be read: no such file or directory" in done.stderr


def test_each_line_is_answered_before_the_next_one_is_read(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "exporter", "price", *TABLES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for segments in (1, 2, 3):
            running.stdin.write(json.dumps(SMS | {"segments": segments}).encode() + b"\n")
            running.stdin.flush()
            answer = json.loads(running.stdout.readline())
            assert Decimal(answer["cost_usd"]) == segments * Decimal("0.040")
        running.stdin.close()
        assert running.wait(30) == 0


def test_a_reader_that_has_enough_is_no_trouble(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "exporter", "price", *TABLES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        running.stdin.write(json.dumps(SMS).encode() + b"\n")
        running.stdin.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 0
