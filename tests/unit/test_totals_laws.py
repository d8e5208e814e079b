"""Laws of the fold: the same entries give the same totals, however they are cut, ordered or carried over."""

from __future__ import annotations

import random
import zlib
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.catalogue import OVERFLOW, Kind
from exporter.errors import ExporterError
from exporter.event import Account, Entry, Level
from exporter.totals import Totals
from exporter.vocabulary import Status
from tests.unit.totals_strategies import NOW, PLACED, Placed, entry, in_order, sms

ENTRIES = st.lists(PLACED, max_size=25)


def totals_of(entries: list[Entry], limit: int = 2_000) -> Totals:
    totals = Totals(limit)
    totals.fold(entries)
    return totals


@given(ENTRIES, st.integers(0, 25), st.sampled_from([10, 2_000]))
def test_folding_in_two_batches_equals_folding_in_one(placed: list[Placed], cut: int, limit: int) -> None:
    entries = in_order(placed)
    in_two = Totals(limit)
    in_two.fold(entries[:cut])
    in_two.fold(entries[cut:])
    assert in_two == totals_of(entries, limit)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_order_never_matters(placed: list[Placed], chance: random.Random) -> None:
    shuffled = chance.sample(placed, len(placed))
    assert totals_of(in_order(shuffled)) == totals_of(in_order(placed))


@given(ENTRIES, st.integers(0, 25), st.sampled_from([10, 2_000]))
def test_a_checkpoint_changes_nothing_now_or_later(placed: list[Placed], cut: int, limit: int) -> None:
    entries = in_order(placed)
    loaded = Totals.load(totals_of(entries[:cut], limit).dump(), limit)
    assert loaded == totals_of(entries[:cut], limit)
    loaded.fold(entries[cut:])
    assert loaded == totals_of(entries, limit)


@given(ENTRIES, st.integers(0, 25))
def test_declaring_changes_no_number_and_survives_a_checkpoint(placed: list[Placed], cut: int) -> None:
    entries = in_order(placed)
    known: tuple[Any, Any] = (["acme", "globex"], [("sms", "acme"), ("whatsapp", "globex")])
    straight = Totals(10)
    straight.declare(*known)
    straight.fold(entries)
    before = Totals(10)
    before.declare(*known)
    before.fold(entries[:cut])
    after = Totals.load(before.dump(), 10)
    after.declare(*known)
    after.fold(entries[cut:])
    assert after == straight
    roomy = Totals()
    roomy.declare(*known)
    roomy.fold(entries)
    assert roomy == totals_of(entries)


@settings(max_examples=30)
@given(ENTRIES)
def test_no_counter_ever_goes_down(placed: list[Placed]) -> None:
    totals = Totals()
    pages = []
    for item in in_order(placed):
        totals.fold([item])
        pages.append(totals.rows())
    for earlier, later in pairwise(pages):
        assert all(
            before <= after
            for name, rows in earlier.items()
            if totals.families[name].family.kind is not Kind.GAUGE
            for key, row in rows.items()
            for before, after in zip(row, later[name][key], strict=True)
        )


def hostile(tenants: int, status: Status = Status.SENT) -> list[Entry]:
    return [entry(sms(status, tenant=f"tenant {n}", segments=2), n) for n in range(1, tenants + 1)]


def test_a_hundred_thousand_tenants_stay_under_the_limit_and_lose_no_count() -> None:
    totals = totals_of(hostile(100_000), 2_000)
    assert max(totals.series_counts().values()) <= 2_000
    rows = totals.rows()
    assert sum(row[0] for row in rows["comms_messages_total"].values()) == 100_000
    assert sum(row[0] for row in rows["comms_message_segments_total"].values()) == 200_000
    assert rows["comms_messages_total"][(OVERFLOW, "sms", OVERFLOW, "outbound", "sent")][0] > 0
    overflowed = rows["comms_messages_total"][(OVERFLOW, "sms", OVERFLOW, "outbound", "sent")][0]
    assert totals.folded["comms_messages_total"] == overflowed


def test_room_is_kept_for_what_will_overflow() -> None:
    first = hostile(1, Status.QUEUED) + hostile(1, Status.SENT)
    totals = totals_of(first + hostile(3, Status.QUEUED) + hostile(3, Status.ACCEPTED), 5)
    keys = totals.families["comms_messages_total"].keys
    assert sorted((key[0], str(key[4])) for key in keys) == [
        (OVERFLOW, "accepted"),
        (OVERFLOW, "queued"),
        (OVERFLOW, "sent"),
        ("tenant 1", "accepted"),
        ("tenant 1", "queued"),
    ]


def test_a_tenant_known_before_the_flood_keeps_its_own_series() -> None:
    totals = Totals(100)
    totals.declare(["acme"], [("sms", "twilio")])
    totals.fold(hostile(1_000))
    totals.fold([entry(sms(), 1_001)])
    assert totals.rows()["comms_messages_total"][("acme", "sms", "twilio", "outbound", "sent")] == (1,)


def test_declared_series_do_not_use_up_the_limit() -> None:
    totals = Totals(20)
    totals.declare([f"known {n}" for n in range(50)], [("sms", "twilio")])
    totals.fold([entry(sms(Status.SENT, tenant="new"), 1)])
    assert ("new", "sms", "twilio", "outbound", "sent") in totals.rows()["comms_messages_total"]


def test_folded_events_are_counted_by_this_process_only() -> None:
    totals = totals_of(hostile(50), 10)
    assert totals.folded["comms_messages_total"] > 0
    assert Totals.load(totals.dump(), 10).folded["comms_messages_total"] == 0


def test_a_readings_gauge_over_the_limit_keeps_the_newest() -> None:
    levels = [Level(at=NOW, name="heartbeat", worker=f"w{n}") for n in range(30)]
    totals = totals_of([entry(level, seq) for seq, level in enumerate(levels, 1)], 10)
    assert totals.series_counts()["comms_worker_last_heartbeat_timestamp_seconds"] == 10


def saved(**changes: Any) -> bytes:
    """A checkpoint of one message, with one family's saved form changed."""
    state = msgspec.json.decode(zlib.decompress(totals_of([entry(sms(), 5)]).dump()))
    state["families"]["comms_messages_total"].update(changes)
    return zlib.compress(msgspec.json.encode(state))


def test_a_family_whose_labels_changed_starts_anew_and_is_named() -> None:
    loaded = Totals.load(saved(labels=["tenant", "channel", "gone", "direction", "status"]))
    assert loaded.missing == loaded.dropped
    assert loaded.dropped == ("comms_messages_total",)
    assert loaded.seq == 5
    assert loaded.rows()["comms_messages_total"] == {}
    assert loaded.rows()["comms_unpriced_units_total"] == {("sms", "twilio", "no_rate_card"): (1,)}


def test_a_family_that_gained_labels_keeps_its_counts() -> None:
    keys = [["acme", "sms", "outbound", "sent"]]
    labels = ["tenant", "channel", "direction", "status"]
    loaded = Totals.load(saved(labels=labels, keys=keys, rows=[[7]], free=[]))
    assert loaded.dropped == loaded.missing == ()
    assert loaded.rows()["comms_messages_total"] == {("acme", "sms", "_none", "outbound", "sent"): (7,)}


def test_a_new_family_is_missing_until_it_is_taken_from_totals_that_have_it() -> None:
    history = totals_of([entry(sms(), 5)])
    history.declare(["acme"], [("sms", "twilio")])
    state = msgspec.json.decode(zlib.decompress(history.dump()))
    del state["families"]["comms_messages_total"]
    loaded = Totals.load(zlib.compress(msgspec.json.encode(state)))
    loaded.declare(["acme"], [("sms", "twilio")])
    assert loaded.missing == ("comms_messages_total",)
    loaded.adopt(history)
    assert loaded == history
    assert loaded.missing == ()


def test_an_endless_limit_survives_a_checkpoint() -> None:
    news = Account(
        at=NOW, provider="whatsapp", field="business_capability_update", subject="main", state="unlimited"
    )
    totals = totals_of([entry(news)])
    loaded = Totals.load(totals.dump())
    assert loaded == totals
    values = loaded.families["comms_whatsapp_messaging_limit"]
    assert [row[1] for row in map(values.row, range(len(values.keys)))] == ["inf"]


def test_a_family_whose_buckets_changed_or_that_is_gone_is_named() -> None:
    assert Totals.load(saved(buckets=[1.0])).dropped == ("comms_messages_total",)
    state = msgspec.json.decode(zlib.decompress(Totals().dump()))
    state["families"]["comms_gone_total"] = state["families"]["comms_messages_total"]
    assert Totals.load(zlib.compress(msgspec.json.encode(state))).dropped == ("comms_gone_total",)


@pytest.mark.parametrize("data", [b"", b"{}", zlib.compress(b"{}"), zlib.compress(b"\xff"), saved()[:-5]])
def test_bytes_that_are_no_checkpoint_are_refused(data: bytes) -> None:
    with pytest.raises(ExporterError, match="the checkpoint cannot be read"):
        Totals.load(data)


def test_a_checkpoint_of_another_version_is_refused() -> None:
    state = msgspec.json.decode(zlib.decompress(Totals().dump())) | {"version": 99}
    with pytest.raises(ExporterError, match="the checkpoint has version 99, this program reads 1"):
        Totals.load(zlib.compress(msgspec.json.encode(state)))


def test_a_count_of_more_than_64_bits_survives_a_checkpoint() -> None:
    totals = Totals()
    totals.fold([entry(sms(segments=2**70), 1)])
    assert Totals.load(totals.dump()) == totals
