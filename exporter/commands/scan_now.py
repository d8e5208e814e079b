"""`comms-exporter scan NAME`: a configured scan is run now, to the end, and shows how far it is."""

from __future__ import annotations

from datetime import datetime

from exporter.commands.progress import Show
from exporter.commands.ready_ledger import ready_ledger
from exporter.config import ConfigFile
from exporter.errors import ConfigError, Problem, ScanFailed, ScanStatus

_TRIES = 100
_BAR = 30


async def scan_now(
    config_file: ConfigFile, name: str, since: datetime | None, dsn: str | None, show: Show
) -> None:
    """Run a scan beside the exporter, if one runs: what either reads is counted once.

    `dsn` is the ledger of the exporter that runs; None starts the embedded one. `show` is told of each step.

    Raises:
        ConfigError: there is no such scan.
        ScanFailed: it came to an end too early; to run it again goes on from there.
        LedgerUnavailable: the ledger does not answer.
    """
    config = next((scan for scan in config_file.config.scans if scan.name == name), None)
    if config is None:
        raise ConfigError([Problem("scans", f"none is named `{name}`")])
    async with ready_ledger(config_file, dsn) as (storage, ledger):
        scan = storage.scan(config, ledger, Shown(show))
        for _ in range(_TRIES):
            status = await scan.run(since)
            if status is not ScanStatus.MOVED:
                break
        if status is not ScanStatus.SUCCESS:
            raise ScanFailed(status, f"scan {name} was not read to its end; run it again to go on")


class Shown:
    """Steps as a bar that grows, or as lines with what was read."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._rows: dict[str, int] = {}

    def __call__(self, table: str, done_ratio: float | None, rows: int) -> None:
        """A step was stored."""
        total = self._rows[table] = self._rows.get(table, 0) + rows
        bar = "" if done_ratio is None else f" [{_bar(done_ratio)}] {done_ratio:4.0%}"
        self._show(f"{table}{bar} {total:,} rows")


def _bar(done_ratio: float) -> str:
    return ("#" * round(done_ratio * _BAR)).ljust(_BAR, ".")
