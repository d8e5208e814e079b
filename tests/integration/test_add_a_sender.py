"""CONTRIBUTING's smallest sender, one file and one line in the list, is received, counted and described."""

from __future__ import annotations

import hmac
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent

import aiohttp
import pytest

from tests.faults.exporter_process import ExporterProcess, exporter_process
from tools.docs import ROOT

BLOCK = re.compile(r"^ *```python\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
SECRET = "minisms-secret"
BODY = b'{"id": "M1", "status": "delivered"}'
PROOF = {"X-Signature": hmac.digest(SECRET.encode(), BODY, "sha256").hex()}
URL = "/webhooks/minisms"


def blocks() -> list[str]:
    """The code of the section in CONTRIBUTING: the sender's file, and its import and line in the list."""
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("## Add a sender")[2].partition("\n## ")[0]
    return [dedent(block) for block in BLOCK.findall(section)]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program with the sender added as CONTRIBUTING says, and nothing else; programs start there."""
    for folder in ("exporter", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    sender, listing = blocks()
    (tmp_path / "exporter" / "sources" / "minisms.py").write_text(sender)
    listed = tmp_path / "exporter" / "sources" / "__init__.py"
    imported, line = listing.split("\n\n")
    anchor = "from exporter.sources.source import"
    source = listed.read_text().replace(anchor, f"{imported}\n{anchor}", 1)
    listed.write_text(source.replace("    twilio:", f"{line}    twilio:", 1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
async def one(tree: Path, dsn: str) -> AsyncIterator[ExporterProcess]:
    environ = {"DATABASE_URL": dsn, "MINISMS_SECRET": SECRET}
    async with exporter_process(tree, environ) as exporter:
        yield exporter


async def answered(one: ExporterProcess, headers: dict[str, str]) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(one.url + URL, data=BODY, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


async def page(one: ExporterProcess, path: str = "/metrics") -> str:
    async with aiohttp.ClientSession() as session, session.get(one.url + path) as answer:
        assert answer.status == 200, path
        return await answer.text()


def steps(page: str, status: str) -> str:
    route = 'tenant="default",channel="sms",provider="minisms",direction="outbound"'
    return page.partition(f'\ncomms_messages_total{{{route},status="{status}"}} ')[2].partition("\n")[0]


async def test_the_sender_of_contributing_has_route_secret_metrics_and_health(one: ExporterProcess) -> None:
    assert steps(await page(one), "delivered") == "0"
    assert await answered(one, {}) == (403, '{"reason":"signature","detail":"missing"}')
    assert (await answered(one, {"X-Signature": "f" * 64}))[0] == 403
    for accepted in (1, 0):
        status, report = await answered(one, PROOF)
        assert (status, f'"accepted":{accepted}' in report) == (200, True)
    shown = await page(one)
    assert (steps(shown, "delivered"), steps(shown, "sent")) == ("1", "0")
    assert 'comms_signature_failures_total{reason="mismatch",source="minisms"} 1.0' in shown
    assert 'comms_events_received_total{outcome="duplicate",source="minisms"} 1.0' in shown
    assert '"source":"minisms"' in await page(one, "/api/webhooks/minisms/health")


def test_the_sender_of_contributing_gets_its_variable_and_its_row_in_readme(tree: Path) -> None:
    asked = (
        "from tools.docs import environment_table, senders_table; print(environment_table(), senders_table())"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert "| `MINISMS_SECRET` or `MINISMS_SECRET_FILE` | `sources.minisms.secret` |" in told
    assert f"`POST {URL}`" in told


@pytest.mark.parametrize("check", [["check"], ["format", "--diff"]], ids=" ".join)
def test_the_sender_of_contributing_is_written_as_the_others_are(tree: Path, check: list[str]) -> None:
    config = ["--config", str(ROOT / "pyproject.toml")]
    command = [sys.executable, "-m", "ruff", *check, *config, "exporter/sources/minisms.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
