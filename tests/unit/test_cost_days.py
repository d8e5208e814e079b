"""Money by day: the same sums as the counters, whatever the order, for the newest 400 days."""

from __future__ import annotations

import random
import zlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exporter.cost_days import KEPT, CostDay, CostDays
from exporter.event import Charge, Entry
from exporter.totals import Totals
from exporter.vocabulary import Channel
from tests.unit.totals_strategies import NOW, PLACED, Placed, entry, in_order, sms

KEY = ("acme", "sms", "twilio", "message", "estimated")
USD = Decimal("0.0079")


def days_of(*days: int) -> CostDays:
    """A cost on each of these days, counted from NOW."""
    made = CostDays()
    for day in days:
        made.add(NOW + timedelta(days=day), KEY, USD)
    return made


def test_costs_of_a_day_add_up() -> None:
    totals = Totals()
    totals.fold([entry(sms(cost_usd=USD), seq) for seq in (1, 2, 3)])
    day = CostDay(date(2026, 11, 20), "acme", "sms", "twilio", "message", "estimated")
    assert totals.cost_days() == {day: (3 * USD, 3)}


def test_a_day_is_one_of_utc() -> None:
    made = CostDays()
    made.add(datetime(2026, 11, 20, 23, 59, 59, 999_999, tzinfo=UTC), KEY, USD)
    made.add(datetime(2026, 11, 21, 1, tzinfo=timezone(timedelta(hours=2))), KEY, USD)
    made.add(datetime(2026, 11, 21, tzinfo=UTC), KEY, USD)
    assert [(day.day.day, number) for day, (_, number) in made.sums().items()] == [(20, 2), (21, 1)]


def test_a_cost_dated_later_than_we_received_it_is_of_the_day_we_did() -> None:
    totals = Totals()
    totals.fold([entry(sms(cost_usd=USD, at=NOW + timedelta(hours=20)))])
    assert {day.day for day in totals.cost_days()} == {NOW.date()}


def test_the_newest_400_days_are_kept() -> None:
    assert timedelta(days=400) == KEPT
    assert {day.day for day in days_of(0, -399, -400).sums()} == {NOW.date(), date(2025, 10, 17)}
    assert days_of(-400, 0).sums() == days_of(0).sums()
    assert days_of(-399, 0, 1).sums() == days_of(0, 1).sums()


@given(st.lists(st.integers(-900, 900), max_size=30), st.randoms(use_true_random=False))
def test_order_never_matters(days: list[int], luck: random.Random) -> None:
    assert days_of(*luck.sample(days, len(days))).sums() == days_of(*days).sums()


@given(st.lists(PLACED, max_size=25), st.sampled_from([10, 2_000]))
def test_the_days_add_up_to_the_counter(placed: list[Placed], limit: int) -> None:
    totals = Totals(limit)
    totals.fold(in_order(placed))
    sums: dict[tuple[str, ...], Decimal] = {}
    for (_, *key), (amount_usd, _) in totals.cost_days().items():
        sums[tuple(key)] = sums.get(tuple(key), Decimal(0)) + amount_usd
    counted = {key: row[0] for key, row in totals.rows()["comms_cost_usd_total"].items()}
    assert {key: amount_usd for key, amount_usd in sums.items() if amount_usd} == counted


def test_what_providers_state_stands_beside_the_estimate() -> None:
    charge = Charge(
        at=NOW,
        tenant="acme",
        provider="twilio",
        channel=Channel.SMS,
        basis="billed",
        component="carrier_fee",
        amount_usd=Decimal("1.25"),
    )
    totals = Totals()
    totals.fold([entry(charge, 1), entry(sms(cost_usd=USD), 2)])
    assert {(day.component, day.basis): usd for day, (usd, _) in totals.cost_days().items()} == {
        ("carrier_fee", "billed"): Decimal("1.25"),
        ("message", "estimated"): USD,
    }
    assert len(totals.rows()["comms_cost_usd_total"]) == 2
    assert {key[-1] for key in totals.rows()["comms_cost_bound_usd_total"]} == {"low", "high"}


def entries(number: int) -> list[Entry]:
    return [entry(sms(cost_usd=USD, at=NOW - timedelta(days=seq)), seq) for seq in range(1, number + 1)]


def test_a_checkpoint_keeps_the_days() -> None:
    totals = Totals()
    totals.fold(entries(500))
    loaded = Totals.load(totals.dump())
    assert loaded == totals
    assert loaded.missing == ()
    newer = entry(sms(cost_usd=USD, at=NOW), 501)
    loaded.fold([newer])
    totals.fold([newer])
    assert loaded.cost_days() == totals.cost_days()
    assert len(totals.cost_days()) == 400


def test_a_checkpoint_from_before_there_were_days_misses_them_until_history_is_folded() -> None:
    history = Totals()
    history.fold(entries(3))
    state = msgspec.json.decode(zlib.decompress(history.dump()))
    del state["cost_days"]
    loaded = Totals.load(zlib.compress(msgspec.json.encode(state)))
    assert loaded.missing == ("cost_days",)
    assert loaded != history
    loaded.adopt(history)
    assert loaded == history
