"""Thresholds are exported as written at each level, and nothing else."""

import pytest

from exporter import config
from exporter.catalogue import BY_NAME
from exporter.config import Threshold
from exporter.config.meaning import RESPONSE_EDGES_S
from exporter.config.sla import FOR_ALL
from exporter.errors import ConfigError

DEFAULTS = (
    Threshold("budget_ratio", "", "", 0.9),
    Threshold("bill_drift_ratio", "", "", 0.01),
    Threshold("runway_days", "", "", 3),
    Threshold("rate_limit_ratio", "", "", 0.8),
    Threshold("handoff_ratio", "", "", 0.3),
    Threshold("resolution_ratio", "", "", 0.6),
    Threshold("conversation_llm_usd", "", "", 0.25),
    Threshold("llm_error_ratio", "", "", 0.1),
    Threshold("llm_p95_seconds", "", "", 10),
    Threshold("heartbeat_seconds", "", "", 120),
    Threshold("queue_depth", "", "", 1000),
    Threshold("cost_spike_factor", "", "", 3),
    Threshold("payment_failure_ratio", "", "", 0.2),
    Threshold("error_ratio", "", "", 0.05),
    Threshold("delivery_ratio", "", "", 0.95),
    Threshold("response_p95_seconds", "", "", 3),
    Threshold("response_p99_seconds", "", "", 10),
    Threshold("final_status_seconds", "", "", 900),
    Threshold("min_events", "", "", 20),
    Threshold("complaint_ratio", "", "", 0.001),
)


def test_the_defaults_have_neither_tenant_nor_channel() -> None:
    assert config.thresholds(config.Config()) == DEFAULTS


def test_each_level_exports_what_is_written_there() -> None:
    sla = {
        "channels": {"whatsapp": {"response_p95_seconds": "5s"}},
        "tenants": {"acme": {"error_ratio": 0.02, "channels": {"sms": {"delivery_ratio": 0.9}}}},
    }
    assert config.thresholds(config.parse({"sla": sla})) == (
        *DEFAULTS,
        Threshold("response_p95_seconds", "", "whatsapp", 5.0),
        Threshold("error_ratio", "acme", "", 0.02),
        Threshold("delivery_ratio", "acme", "sms", 0.9),
    )


def test_a_level_without_a_threshold_exports_none() -> None:
    sla = {"channels": {"sms": {"error_ratio": None}}, "tenants": {"acme": {}}}
    assert config.thresholds(config.parse({"sla": sla})) == DEFAULTS


def test_a_threshold_for_all_is_refused_at_a_level() -> None:
    for rule in FOR_ALL:
        with pytest.raises(ConfigError) as caught:
            config.parse({"sla": {"tenants": {"acme": {rule: 0.5}}}})
        assert [problem.path for problem in caught.value.problems] == [f"sla.tenants.acme.{rule}"]


def test_a_floor_of_zero_is_a_threshold_too() -> None:
    found = config.thresholds(config.parse({"sla": {"tenants": {"acme": {"min_events": 0}}}}))
    assert found[-1] == Threshold("min_events", "acme", "", 0)


def test_a_threshold_has_the_labels_of_its_metric() -> None:
    assert (*BY_NAME["comms_sla_threshold"].labels, "value") == Threshold._fields


def test_response_thresholds_may_be_any_edge_of_both_histograms() -> None:
    assert RESPONSE_EDGES_S == [0.5, 1, 2, 3, 5, 10, 30, 60]
    for edge_s in RESPONSE_EDGES_S:
        assert config.parse({"sla": {"response_p95_seconds": edge_s}})
