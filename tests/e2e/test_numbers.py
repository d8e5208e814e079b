"""What was posted is published, stored, and judged by the thresholds in force."""

from __future__ import annotations

from tests.e2e.story import OTHER_ERROR_RATIO
from tests.e2e.told import Told
from tests.e2e.watch import Series

Sample = tuple[float, float]
"""A Unix time and a value."""

SCRAPES = 2
STORING_S = 0.6
"""At the pace of life this is nothing; here a rule may be evaluated while a scrape is being stored."""


def samples(series: list[Series]) -> list[Sample]:
    """The samples of the only series."""
    (one,) = series
    return [(at_s, float(value)) for at_s, value in one["values"]]


def steps(told: Told, **labels: str) -> float:
    """The stored count of messages that have these labels."""
    return sum(value for key, value in told.stored.items() if labels.items() <= dict(key).items())


def loaded_at_s(told: Told) -> float:
    """When the exporter began to use the changed configuration."""
    return samples(told.history["loaded"])[-1][1]


def test_every_recorded_webhook_and_event_is_acknowledged(told: Told) -> None:
    assert len(told.answers) > 200
    assert set(told.answers) == {200}


def test_prometheus_stores_every_count_that_the_exporter_publishes(told: Told) -> None:
    assert told.stored == told.published


def test_every_way_in_is_counted(told: Told) -> None:
    assert steps(told, provider="twilio", direction="inbound", status="received") > 0
    assert steps(told, provider="whatsapp", direction="outbound", status="played") > 0
    assert steps(told, tenant="acme", channel="sms", status="sent") > 0


def test_messages_that_a_scan_reads_are_counted(told: Told) -> None:
    assert steps(told, tenant="acme", channel="sms", provider="twilio", status="sent") >= 30


def test_every_rule_that_is_shipped_runs_without_an_error(told: Told) -> None:
    assert len(told.rules) > 50
    assert {rule["name"]: rule.get("lastError", "") for rule in told.rules if rule["health"] != "ok"} == {}


def test_the_limit_begins_as_shipped_and_ends_as_configured(told: Told) -> None:
    values = [value for _, value in samples(told.history["limit"])]
    assert values[0] == 0.05
    assert OTHER_ERROR_RATIO in values


def test_the_limit_never_takes_another_value(told: Told) -> None:
    assert {value for _, value in samples(told.history["limit"])} == {0.05, OTHER_ERROR_RATIO}


def test_a_changed_limit_is_exported_at_the_next_scrape(told: Told) -> None:
    later = [value for at_s, value in samples(told.history["exported"]) if at_s > loaded_at_s(told)]
    assert later
    assert set(later) == {OTHER_ERROR_RATIO}


def test_a_changed_limit_is_in_force_within_two_scrapes(told: Told) -> None:
    scraped_s = {at_s for at_s, _ in samples(told.history["exported"]) if at_s > loaded_at_s(told)}
    took = samples(told.history["took"])
    stored_s = [at_s + took_s + STORING_S for at_s, took_s in took if at_s in scraped_s]
    judged = [
        value
        for at_s, value in samples(told.history["limit"])
        if sum(scrape_s < at_s for scrape_s in stored_s) >= SCRAPES and at_s <= max(scraped_s)
    ]
    assert judged
    assert set(judged) == {OTHER_ERROR_RATIO}
