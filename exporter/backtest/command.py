"""`comms-exporter backtest`: its options, and what it prints."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from exporter.backtest.prometheus import asking
from exporter.backtest.proposal import Proposal
from exporter.backtest.replay import Verdict, Window, verdict
from exporter.backtest.rule_file import duration_s, read_rules
from exporter.config import Config, parse, thresholds
from exporter.errors import ConfigError, Problem

_of_a_tenant = re.compile(r"(tenants)\.(.+?)\.(?:(channels)\.([^.]+)\.)?([^.]+)").fullmatch
_TITLES = ("alert", "fired", "label sets", "longest", "total", "note")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "--prometheus", required=True, metavar="URL", help="the server that holds the history"
    )
    parser.add_argument("--since", type=_duration, default="30d", metavar="DURATION", help="default: 30d")
    parser.add_argument("--rules", type=Path, default=Path("rules"), metavar="DIR", help="default: rules")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="KEY=VALUE",
        help="propose another number than the configuration: error_ratio=0.02, tenants.acme.error_ratio=0.1",
    )
    parser.add_argument(
        "--interval",
        type=_duration,
        default="15s",
        metavar="DURATION",
        help="the server's evaluation_interval",
    )


async def backtest(chosen: argparse.Namespace, config: Config, now: datetime) -> Iterator[str]:
    """Every alert's verdict as a table.

    Raises:
        ConfigError: a proposed threshold or a rule file cannot be used.
        HistoryUnavailable: the server gives no history.
    """
    rules = read_rules(chosen.rules, chosen.interval)
    proposal = Proposal(thresholds(proposed(config, chosen.set)), rules.records)
    start = now - timedelta(seconds=chosen.since)
    async with asking(chosen.prometheus) as server:
        known = await server.metric_names(start.timestamp(), now.timestamp())
        window = Window(start.timestamp(), now.timestamp(), known)
        verdicts = [await verdict(server, proposal, alert, window) for alert in rules.alerts]
    return _table(verdicts, f"{start:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC")


def proposed(config: Config, settings: list[tuple[str, str]]) -> Config:
    """The configuration with other thresholds; raises ConfigError for those it may not hold."""
    sla: dict[str, Any] = config.sla.model_dump(exclude_unset=True)
    for key, value in settings:
        *path, name = _path(key)
        level = sla
        for part in path:
            level = level.setdefault(part, {})
            if not isinstance(level, dict):
                raise ConfigError([Problem(f"sla.{key}", "is no threshold")])
        level[name] = _number(value)
    return config.model_copy(update={"sla": parse({"sla": sla}).sla})


def _path(key: str) -> list[str]:
    """The keys on the way to a threshold; the name of a tenant may have dots."""
    found = _of_a_tenant(key)
    return [part for part in found.groups() if part] if found else key.split(".")


def _table(verdicts: list[Verdict], when: str) -> Iterator[str]:
    rows = [_TITLES, *map(_row, sorted(verdicts, key=lambda one: -one.total_s))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield when
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def _row(one: Verdict) -> tuple[str, ...]:
    longest, total = (str(timedelta(seconds=round(time_s))) for time_s in (one.longest_s, one.total_s))
    return one.name, str(one.fired), str(one.label_sets), longest, total, one.note


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise argparse.ArgumentTypeError("must be KEY=VALUE")
    return key, value


def _duration(text: str) -> float:
    try:
        found_s = duration_s(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if found_s <= 0:
        raise argparse.ArgumentTypeError("must be more than zero")
    return found_s
