"""The command line as an operator meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exporter", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        timeout=60,
        check=False,
    )


def test_check_accepts_the_shipped_configuration() -> None:
    done = run("check", cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "config.yaml is good\n")


def test_check_lists_every_problem_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("sla:\n  error_ratio: 5\n  colour: red\nlisten: nowhere\n")
    done = run("check", cwd=tmp_path)
    assert done.returncode == 1
    for path in ("sla.error_ratio", "sla.colour", "listen"):
        assert f"  {path}: " in done.stderr


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_bad_file_refuses_to_start(tmp_path: Path, command: str) -> None:
    (tmp_path / "config.yaml").write_text("tenants: [a, a]\n")
    done = run(command, cwd=tmp_path)
    assert done.returncode == 1
    assert "tenants" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    done = run("check", cwd=tmp_path, COMMS_CONFIG="nowhere.yaml")
    assert done.returncode == 1
    assert "nowhere.yaml" in done.stderr


def test_a_database_that_may_forget_is_refused(tmp_path: Path, dsn: str) -> None:
    name = dsn.split("/")[3].split("?")[0]
    forget = f"ALTER DATABASE {name} SET synchronous_commit = off"
    command = "import asyncio, asyncpg, sys\nasync def go():\n c = await asyncpg.connect(sys.argv[1])\n"
    command += f" await c.execute({forget!r})\n await c.close()\nasyncio.run(go())"
    subprocess.run([sys.executable, "-c", command, dsn], check=True, timeout=30)
    done = run(cwd=tmp_path, DATABASE_URL=dsn, COMMS_LISTEN="127.0.0.1:0")
    assert done.returncode == 1
    assert "synchronous_commit=off" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_the_commands(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("serve", "check", "demo"):
        assert command in done.stdout


def test_urls_lists_the_address_to_register_with_each_sender(tmp_path: Path) -> None:
    done = run("urls", cwd=tmp_path, COMMS_PUBLIC_URL="https://hooks.example.com")
    lines = dict(reversed(line.split()) for line in done.stdout.splitlines())
    assert (done.returncode, done.stderr) == (0, "")
    assert lines["https://hooks.example.com/webhooks/twilio#rc=5&rp=ct,rt,5xx"] == "twilio"
    assert lines["https://hooks.example.com/webhooks/stripe"] == "stripe"
    assert lines["https://hooks.example.com/events"] == "track"
    assert "{" not in done.stdout


def test_urls_warns_where_no_public_address_is_set(tmp_path: Path) -> None:
    done = run("urls", cwd=tmp_path)
    assert "public_url is not set" in done.stderr
    assert "https://your-address/webhooks/whatsapp" in done.stdout


def test_erase_says_how_many_rows_it_changed(tmp_path: Path, dsn: str) -> None:
    done = run("erase", "--tenant", "acme", "--number", "+15550100777", cwd=tmp_path, DATABASE_URL=dsn)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert done.stdout.startswith("erasure ")
    assert "0100777" not in done.stdout + done.stderr


@pytest.mark.parametrize("whom", [[], ["--number", "1555"], ["--email", "nobody"], ["--user", ""]])
def test_erase_wants_one_name_of_a_person(tmp_path: Path, whom: list[str]) -> None:
    assert run("erase", *whom, cwd=tmp_path).returncode == 2
