"""What a scan asks of a database: its statements and their plans, the rights it needs and the indexes it lacks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from textwrap import indent

from exporter.config import ScanConfig, profile_of
from exporter.config.bigquery_url import is_bigquery, read_url
from exporter.scans.bigquery.explain import explained as warehouse_explained
from exporter.scans.bigquery.warehouse import client_of
from exporter.scans.database import connected
from exporter.scans.fit import advice, grants, problems
from exporter.scans.gauge import GaugeReading
from exporter.scans.looks import Plan, gauge_look, planned, plans


def explained(scan: ScanConfig, url: str) -> AsyncIterator[str]:
    """Lines to print.

    Raises:
        ScanFailed: the database cannot be looked at.
    """
    return _of_warehouse(scan, url) if is_bigquery(url) else _of_postgres(scan, url)


async def _of_warehouse(scan: ScanConfig, url: str) -> AsyncIterator[str]:
    async for line in warehouse_explained(scan, client_of(read_url(url))):
        yield line


async def _of_postgres(scan: ScanConfig, url: str) -> AsyncIterator[str]:
    profile = profile_of(scan)
    yield f"{scan.name}: {profile.about}"
    async with connected(url, scan.timeout_s) as database:
        wrong = await problems(database, scan)
        if wrong:
            yield "\n".join(["it cannot run here:", *(f"  {problem}" for problem in wrong)])
            return
        for table in profile.tables:
            for plan in await plans(database, scan, table):
                yield _shown(table.name, plan)
        for gauge in profile.gauges:
            look = gauge_look(GaugeReading(gauge, scan.tables, scan.set, scan.tenants))
            yield _shown(gauge.name, await planned(database, look))
        for line in _needs(grants(scan), await advice(database, scan)):
            yield line


def _shown(name: str, plan: Plan) -> str:
    statement = indent(plan.look.statement.strip(), "    ")
    lines = "\n".join(f"    -> {line}" for line in plan.lines)
    return f"\n{name}: {plan.look.why}\n{statement}\n{lines}"


def _needs(rights: list[str], missing: list[str]) -> Iterator[str]:
    yield "\nrights it needs"
    yield from (f"    {right};" for right in rights)
    yield "indexes it lacks: none" if not missing else "indexes it lacks"
    yield from (f"    {statement};" for statement in missing)
