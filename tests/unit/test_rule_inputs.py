"""An alert whose metric never comes can never fire: the exporter says so, of what its configuration promises."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from exporter import config
from exporter.catalogue import BY_NAME
from exporter.metrics_page import MetricsPage
from exporter.rule_inputs import alerts_by_metric, blind_alerts, promised, publish_rule_inputs
from exporter.selfmetrics import SelfMetrics
from exporter.sources import build, routes
from exporter.totals import Totals
from tools import rule_inputs

ALERTS = alerts_by_metric()


def of(given: dict[str, object]) -> frozenset[str]:
    parsed = config.parse(given)
    return promised(parsed, routes(build(parsed.sources, parsed.logs)))


def test_the_committed_list_is_what_the_rules_read() -> None:
    assert rule_inputs.FILE.read_text(encoding="utf-8") == rule_inputs.text()


def test_an_alert_needs_what_its_recordings_read_however_far() -> None:
    assert "MessageErrorBudgetSlowBurn" in ALERTS["comms_messages_total"]
    assert "ResponseTimeP95High" in ALERTS["comms_message_response_seconds"]
    assert "ScanStale" not in ALERTS["comms_messages_total"]


def test_every_input_and_every_promise_is_a_metric_of_ours() -> None:
    assert set(ALERTS) <= set(BY_NAME)
    assert of({"tenants": ["acme"]}) <= set(BY_NAME)


def test_a_tenant_promises_its_messages_and_a_budget_its_limit() -> None:
    assert "comms_messages_total" not in of({"tenants": []})
    assert "comms_messages_total" in of({"tenants": ["acme"]})
    assert "comms_budget_limit_usd" not in of({"tenants": ["acme"]})
    budget = {"tenant": "acme", "channel": "sms", "limit_usd": "250.00"}
    assert "comms_budget_limit_usd" in of({"budgets": [budget]})


def test_what_only_an_event_can_bring_is_promised_by_none() -> None:
    everything = of({"tenants": ["acme"]})
    for metric in (
        "comms_whatsapp_quality",
        "comms_queue_depth",
        "comms_worker_last_heartbeat_timestamp_seconds",
    ):
        assert metric in ALERTS
        assert metric not in everything


def test_a_missing_metric_is_as_bad_as_the_alerts_that_need_it() -> None:
    metric = "comms_scan_interval_seconds"
    assert blind_alerts({metric}, set()) == {metric: len(ALERTS[metric])}
    assert blind_alerts({metric}, {metric}) == {metric: 0}
    assert blind_alerts({"comms_no_rule_reads_this"}, set()) == {}
    assert blind_alerts(set(), set()) == {}


def test_the_gauge_follows_the_configuration_and_what_is_there() -> None:
    metrics, totals = SelfMetrics(CollectorRegistry(), lambda: 0.0), Totals(100)
    acme = config.parse({"tenants": ["acme"]})
    known = [("sms", "twilio")]
    publish_rule_inputs(metrics, totals, acme, known)
    needed = len(ALERTS["comms_messages_total"])
    assert _value(metrics, "comms_messages_total") == needed
    totals.declare(["acme"], known)
    publish_rule_inputs(metrics, totals, acme, known)
    assert _value(metrics, "comms_messages_total") == 0
    publish_rule_inputs(metrics, totals, config.parse({"tenants": []}), [])
    assert _value(metrics, "comms_messages_total") is None


def test_the_page_counts_its_series_before_anybody_scrapes_it() -> None:
    page = MetricsPage(100)
    publish_rule_inputs(page.metrics, page.totals, config.parse({}), [])
    assert _value(page.metrics, "comms_series") == 0
    assert _value(page.metrics, "comms_series_limit") == 0


def _value(metrics: SelfMetrics, metric: str) -> float | None:
    return metrics.registry.get_sample_value("comms_rule_inputs_absent", {"metric": metric})
