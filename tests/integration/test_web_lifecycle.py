"""The exporter as a process: signals, a clean end under load, and two on one folder."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import aiohttp

from tests.faults.exporter_process import ExporterProcess, exporter_process
from tests.faults.ledger_rows import stored
from tests.faults.scraper import growing
from tests.faults.senders import Senders
from tests.integration.waiting import until


async def page(exporter: ExporterProcess) -> str:
    async with aiohttp.ClientSession() as session, session.get(exporter.url + "/metrics") as answer:
        return await answer.text()


def shows(exporter: ExporterProcess, line: str):  # type: ignore[no-untyped-def]
    async def is_shown() -> bool:
        return line in (await page(exporter)).splitlines()

    return is_shown


async def test_a_clean_end_under_load_loses_nothing_and_keeps_the_totals(tmp_path: Path) -> None:
    async with exporter_process(tmp_path) as exporter:
        senders = Senders(exporter.url, seed=7)
        sending = asyncio.create_task(senders.run())

        async def is_busy() -> bool:
            return senders.answers > 200

        await until(is_busy)
        exporter.send(signal.SIGTERM)
        assert await exporter.until_ended() == 0
        assert exporter.postmaster_pid == 0
        exporter.start()
        await exporter.until_ready()
        senders.stop()
        await sending
        rows = await stored(exporter.dsn)
        assert senders.acknowledged <= rows.keys()
        assert set(rows.values()) == {1}
        assert senders.refusals == {}

        async def is_complete() -> bool:
            steps = [event for event in rows if len(event) == 2]
            counts = growing(await page(exporter))
            return sum(value for (name, _), value in counts.items() if name == "comms_messages_total") == len(
                steps
            )

        await until(is_complete)


async def test_a_hangup_loads_the_file_again_and_a_bad_one_ends_nobody(tmp_path: Path) -> None:
    async with exporter_process(tmp_path) as exporter:
        threshold = 'comms_sla_threshold{channel="",rule="error_ratio",tenant=""}'
        await until(shows(exporter, f"{threshold} 0.05"))
        exporter.config.write_text(json.dumps({"sla": {"error_ratio": 0.5}}))
        exporter.send(signal.SIGHUP)
        await until(shows(exporter, f"{threshold} 0.5"))
        exporter.config.write_text("sla: {error_ratio: 50}")
        exporter.send(signal.SIGHUP)
        await until(shows(exporter, "comms_config_last_reload_successful 0.0"))
        assert f"{threshold} 0.5" in await page(exporter)
        assert "sla.error_ratio" in exporter.log


async def test_a_second_exporter_on_the_same_folder_refuses_and_the_first_goes_on(tmp_path: Path) -> None:
    async with exporter_process(tmp_path) as first:
        (tmp_path / "second").mkdir()
        second = ExporterProcess(tmp_path / "second", {"COMMS_DATA_DIR": str(first.data_dir)})
        second.start()
        try:
            assert await second.until_ended() == 1
        finally:
            second.clear_away()
        assert "in use by another exporter" in second.log
        assert "Traceback" not in second.log
        assert await first.until_ready() < 60


async def test_a_bad_file_at_the_start_lists_every_problem_and_starts_nothing(tmp_path: Path) -> None:
    exporter = ExporterProcess(tmp_path)
    exporter.config.write_text("sla: {error_ratio: 50}\nlimits: {body_bytes: 1}\nsurprise: 1\n")
    exporter.start()
    assert await exporter.until_ended() == 1
    for path in ("sla.error_ratio", "limits.body_bytes", "surprise"):
        assert path in exporter.log
    assert not exporter.data_dir.exists()


async def test_a_port_that_is_taken_is_a_clear_end(tmp_path: Path) -> None:
    async with exporter_process(tmp_path) as first:
        (tmp_path / "second").mkdir()
        second = ExporterProcess(tmp_path / "second", {"COMMS_LISTEN": f"127.0.0.1:{first.port}"})
        second.start()
        try:
            assert await second.until_ended() == 1
        finally:
            second.clear_away()
        assert "address already in use" in second.log
        assert second.postmaster_pid == 0
