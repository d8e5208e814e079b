"""The options of `comms-exporter scan`, and the answer to each."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable, Iterator

from exporter.commands.scan_questions.discover import discovered
from exporter.commands.scan_questions.dry_run import dry_run
from exporter.commands.scan_questions.explain import explained
from exporter.config import Config, ScanConfig, profile_of, ready_profiles
from exporter.config.bigquery_url import is_bigquery, read_url
from exporter.errors import ConfigError, Problem, ScanFailed, ScanStatus

_POSTGRES = ("postgres://", "postgresql://")


def add_options(parser: argparse.ArgumentParser, questions: argparse._MutuallyExclusiveGroup) -> None:
    """The questions, of which one may be asked, and what else they take."""
    questions.add_argument("--list", action="store_true", help="ready profiles and configured scans")
    questions.add_argument("--explain", metavar="NAME", help="its statements, plans, grants and indexes")
    questions.add_argument("--dry-run", metavar="NAME", help="what it would count, storing nothing")
    questions.add_argument("--discover", action="store_true", help="which profiles fit the database")
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="database to look at (default: as configured); keep its password in PGPASSWORD or ~/.pgpass, since "
        "other users of the machine see options",
    )


async def answers(
    chosen: argparse.Namespace, config: Config, ledger_dsn: Callable[[], str]
) -> AsyncIterator[str]:
    """Lines to print; `ledger_dsn` tells the database of scans that name none.

    Raises:
        ConfigError: there is no scan or profile of that name, or it cannot be used.
        ScanFailed: the database cannot be looked at.
        LedgerUnavailable: there is no ledger yet, and nothing else is named.
    """
    if chosen.list:
        for line in _listed(config):
            yield line
    elif chosen.discover:
        async for line in _discovered(_urls(chosen, config, ledger_dsn)):
            yield line
    else:
        scan = _named(config, chosen.explain or chosen.dry_run)
        url = _known(chosen.database_url or _url(scan, ledger_dsn))
        async for line in explained(scan, url) if chosen.explain else dry_run(scan, url, config):
            yield line


async def _discovered(urls: list[str]) -> AsyncIterator[str]:
    """One database that cannot be looked at does not hide the others; it is told of at the end."""
    failed: list[ScanFailed] = []
    for url in urls:
        try:
            async for line in discovered(url):
                yield line
        except ScanFailed as error:
            failed.append(error)
    if failed:
        raise failed[0]


def _listed(config: Config) -> Iterator[str]:
    yield "ready profiles"
    for name, profile in ready_profiles().items():
        yield f"  {name:32} {profile.about}"
    yield "scans of this configuration" if config.scans else "no scans are configured"
    for scan in config.scans:
        yield f"  {scan.name:32} {scan.profile or scan.profile_file or profile_of(scan).about}"


def _named(config: Config, name: str) -> ScanConfig:
    """A configured scan, or a ready profile as a scan without settings."""
    for scan in config.scans:
        if scan.name == name:
            return scan
    if name in ready_profiles():
        return ScanConfig(name=name, profile=name)
    raise ConfigError([Problem("scans", f"there is no scan or profile `{name}`; see scan --list")])


def _urls(chosen: argparse.Namespace, config: Config, ledger_dsn: Callable[[], str]) -> list[str]:
    """The database that is named, or else every one that is configured."""
    if chosen.database_url:
        return [_known(chosen.database_url)]
    scanned = {_url(scan, ledger_dsn): None for scan in config.scans}
    return [*(scanned or {ledger_dsn(): None})]


def _url(scan: ScanConfig, ledger_dsn: Callable[[], str]) -> str:
    return scan.database_url.get_secret_value() if scan.database_url else ledger_dsn()


def _known(url: str) -> str:
    if is_bigquery(url):
        try:
            read_url(url)
        except ValueError as error:
            raise ConfigError([Problem("--database-url", str(error))]) from None
    elif not url.startswith(_POSTGRES):
        raise ScanFailed(ScanStatus.UNREACHABLE, "only postgresql://… and bigquery://… can be looked at")
    return url
