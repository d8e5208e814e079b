"""The options of the command, and the thresholds that they propose."""

import argparse

import pytest

from exporter.backtest.command import add_options, proposed
from exporter.config import Config, parse, thresholds
from exporter.config.sla import Threshold
from exporter.errors import ConfigError

CONFIG = parse({"sla": {"error_ratio": 0.1, "tenants": {"acme": {"error_ratio": 0.3}}}})


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(["--prometheus", "http://p:9090", *words])


def test_a_month_is_played_unless_told_otherwise() -> None:
    assert options().since == 30 * 86_400
    assert options("--since", "1h30m").since == 5_400


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "0s"),
        ("--since", "soon"),
        ("--since", "300y"),
        ("--since", f"1{'0' * 400}ms"),
        ("--set", "error_ratio"),
        ("--set", "=1"),
    ],
)
def test_options_that_mean_nothing_are_refused(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        options(*words)


def test_what_is_set_wins_over_the_configuration() -> None:
    chosen = options("--set", "error_ratio=0.2", "--set", "tenants.acme.channels.sms.response_p95_seconds=5s")
    found = thresholds(proposed(CONFIG, chosen.set))
    assert Threshold("error_ratio", "", "", 0.2) in found
    assert Threshold("error_ratio", "acme", "", 0.3) in found
    assert Threshold("response_p95_seconds", "acme", "sms", 5.0) in found


@pytest.mark.parametrize("level", ["", "channels.sms."])
def test_a_tenant_may_have_dots_in_its_name(level: str) -> None:
    found = thresholds(proposed(CONFIG, options("--set", f"tenants.acme.example.{level}error_ratio=0.2").set))
    assert Threshold("error_ratio", "acme.example", "sms" if level else "", 0.2) in found


def test_without_settings_it_is_the_configuration() -> None:
    assert thresholds(proposed(CONFIG, [])) == thresholds(CONFIG)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("error_ratio", "2", "sla.error_ratio"),
        ("error_ration", "0.1", "sla.error_ration"),
        ("response_p95_seconds", "4", "sla.response_p95_seconds"),
        ("tenants.acme.budget_ratio", "0.5", "sla.tenants.acme.budget_ratio"),
        ("error_ratio.acme", "0.5", "sla.error_ratio.acme"),
        ("channels.fax.error_ratio", "0.5", "sla.channels.fax"),
    ],
)
def test_a_threshold_that_the_configuration_would_refuse_is_refused(
    key: str, value: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        proposed(Config(), [("error_ratio", "0.1"), (key, value)])
    assert [found.path for found in caught.value.problems] == [problem]
