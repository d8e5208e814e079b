"""Which series the shipped rules need; the exporter says where one is missing, for such an alert can never fire."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cache
from importlib.resources import files

import orjson

from exporter.config import Config
from exporter.known import declared
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals

_FROM_THE_START = frozenset({"comms_jobs_total", "comms_series", "comms_series_limit", "comms_sla_threshold"})
_OF_SENDERS = frozenset({"comms_events_received_total", "comms_signature_failures_total"})
_OF_SCANS = frozenset(
    {
        "comms_scan_given_up_total",
        "comms_scan_interval_seconds",
        "comms_scan_last_success_timestamp_seconds",
    }
)
_OF_BUDGETS = frozenset({"comms_budget_limit_usd", "comms_budget_remaining_usd"})
_OF_BILLS = frozenset({"comms_bill_last_success_timestamp_seconds"})
_OF_PRICES = frozenset({"comms_rate_card_fallback"})


@cache
def alerts_by_metric() -> dict[str, list[str]]:
    """By metric that a shipped rule reads, the alerts that need it; tools/rule_inputs.py writes the file."""
    inputs: dict[str, list[str]] = orjson.loads(files("exporter").joinpath("rule_inputs.json").read_bytes())
    return inputs


def promised(config: Config, routes: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Metrics that this configuration must bring before anything happens.

    What only an event can bring (a template's state, a worker's heartbeat) is promised by none: who does not use it
    misses nothing.
    """
    routes = list(routes)
    of_totals = frozenset(metric for metric, _ in declared(config.tenants, routes))
    twilio = config.sources.twilio
    conditions = (
        (bool(routes), _OF_SENDERS),
        (bool(config.scans), _OF_SCANS),
        (bool(config.budgets), _OF_BUDGETS),
        (twilio.bills.enabled, _OF_BILLS),
        (twilio.prices.enabled, _OF_PRICES),
    )
    return _FROM_THE_START.union(of_totals, *(metrics for holds, metrics in conditions if holds))


def blind_alerts(promised: Set[str], present: Set[str]) -> dict[str, int]:
    """By promised metric that rules need: how many alerts are blind without it; 0 where it is present."""
    return {
        metric: 0 if metric in present else len(alerts)
        for metric, alerts in alerts_by_metric().items()
        if metric in promised
    }


def publish_rule_inputs(
    metrics: SelfMetrics, totals: Totals, config: Config, routes: Iterable[tuple[str, str]]
) -> None:
    """Say of each promised metric how many alerts are blind for want of it."""
    present = metrics.present() | {name for name, number in totals.series_counts().items() if number}
    metrics.rule_inputs_absent.clear()
    for metric, number in blind_alerts(promised(config, routes), present).items():
        metrics.rule_inputs_absent.labels(metric).set(number)
