"""Proposed numbers take the place of the recorded ones, and of nothing else."""

import pytest

from exporter.backtest.proposal import FOR_ALL, OF_LEVELS, Proposal, Undecidable, series_of
from exporter.config import Config, parse, thresholds
from tests.stack.promql import selections
from tests.stack.rule_files import ALERTS, RECORDS

ZEROS = "tenant_channel_rule:comms_sla_threshold:zero"


def proposal(records: dict[str, str] | None = None, **sla: object) -> Proposal:
    return Proposal(thresholds(parse({"sla": sla})), records or {})


def test_a_threshold_without_levels_becomes_its_number() -> None:
    asked = f'x > on () group_left () {FOR_ALL}{{rule="budget_ratio"}}'
    assert proposal(budget_ratio=0.5).applied_to(asked) == (
        'x > on () group_left () label_replace(vector(0.5), "rule", "budget_ratio", "", "")'
    )


def test_the_nearest_level_comes_first() -> None:
    sla = {
        "error_ratio": 0.1,
        "channels": {"sms": {"error_ratio": 0.2}},
        "tenants": {"acme": {"error_ratio": 0.3, "channels": {"sms": {"error_ratio": 0.4}}}},
    }
    assert proposal(**sla).applied_to(f"{OF_LEVELS}{{rule='error_ratio'}}").split(" or ") == [
        f'(max by (tenant, channel) ({ZEROS}{{tenant="acme",channel="sms"}}) + 0.4',
        f'max by (tenant, channel) ({ZEROS}{{tenant="acme"}}) + 0.3',
        f'max by (tenant, channel) ({ZEROS}{{channel="sms"}}) + 0.2',
        f"max by (tenant, channel) ({ZEROS}{{}}) + 0.1)",
    ]


@pytest.mark.parametrize(
    "expr",
    [
        "x > 3 # " + FOR_ALL + '{rule="error_ratio"}',
        f'label_replace(x, "a", \'{FOR_ALL}{{rule="error_ratio"}}\', "", "")',
        f"{FOR_ALL} unless on (rule) x",
        f'{FOR_ALL}{{rule="nobody_knows"}}',
        f'{FOR_ALL}{{rule="error_ratio"}}[5m]',
        'a:b:c{x="}"} > 1',
    ],
)
def test_all_else_is_left_alone(expr: str) -> None:
    assert proposal().applied_to(expr) == expr


def test_a_recording_that_depends_on_thresholds_is_computed_anew() -> None:
    records = {
        "a:comms_burn:ratio": f'y / on () {FOR_ALL}{{rule="error_ratio"}}',
        "a:comms_other:sum": "sum(z)",
    }
    assert proposal(records, error_ratio=0.5).applied_to("a:comms_burn:ratio + a:comms_other:sum{b='c'}") == (
        '(y / on () label_replace(vector(0.5), "rule", "error_ratio", "", "")) + a:comms_other:sum{b=\'c\'}'
    )


@pytest.mark.parametrize("use", ['a:comms_burn:ratio{b="c"}', "a:comms_burn:ratio [5m]"])
def test_what_cannot_be_computed_anew_is_said(use: str) -> None:
    records = {"a:comms_burn:ratio": f'y / on () {FOR_ALL}{{rule="error_ratio"}}'}
    with pytest.raises(Undecidable, match="a:comms_burn:ratio"):
        proposal(records).applied_to(f"max_over_time({use})")


@pytest.mark.parametrize("alert", ALERTS)
def test_every_shipped_alert_can_be_replayed(alert: str) -> None:
    applied = Proposal(thresholds(Config()), RECORDS).applied_to(ALERTS[alert]["expr"])
    left = {chosen.metric for chosen in selections(applied)}
    assert alert.startswith("Thresholds") or not left & {FOR_ALL, OF_LEVELS}
    assert series_of(applied) == {metric for metric in left if ":" in metric or metric.startswith("comms_")}
    assert ZEROS in RECORDS
