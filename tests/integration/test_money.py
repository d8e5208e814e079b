"""Money through the whole exporter: what is stored, what /metrics shows and what the price lists say are one number."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from exporter.event import AnyEvent, Submission, Usage
from exporter.exposition import Exposition
from exporter.vocabulary import Channel, Status
from tests.conftest import RunningLedger
from tests.integration.running_app import RunningApp, running_app
from tests.integration.test_follower import fresh_fold
from tests.unit.pricing.priced import DATA, PRICER, llm, sms, whatsapp
from tests.unit.sources.sent import whatsapp_request
from tests.unit.sources.track_read import MESSAGE

MANY_ROWS = int(os.environ.get("COMMS_FAULT_ROWS", "1000000"))
BATCH = 1_000
SUM_OF_PARTS = """
    SELECT part ->> 'component', sum((part ->> 'amount_usd')::numeric), count(*)
    FROM events, jsonb_array_elements(convert_from(data, 'UTF8')::jsonb -> 'costs') AS part
    WHERE charged IS NOT false
    GROUP BY 1
"""
SUM_OF_MESSAGES = "SELECT sum(cost_usd) FROM messages"
RATES = "from,country,category,rate_usd\n2025-07-01,US,marketing,{}\n2020-01-01,*,marketing,0.01\n"


def priced_event(number: int) -> AnyEvent:
    """One of many: prices of every kind, so that sums have many digits."""
    name = f"m{number}"
    usage = Usage(input_tokens=number % 9_973 + 1, output_tokens=number % 997, cached_input_tokens=number % 2)
    of_country = sms(message_id=name, segments=number % 7 + 1, country="ZZ", number_type=None)
    kinds = (
        llm(usage=usage, model=("gpt-4o-mini", "gpt-4o")[number % 2]),
        of_country,
        sms(Status.FAILED, message_id=name),
        whatsapp(
            message_id=name, at=datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC) + timedelta(seconds=number % 3)
        ),
        whatsapp(message_id=name, provider="twilio", category="utility"),
        sms(message_id=name, channel=Channel.MMS),
    )
    return kinds[number % len(kinds)]


@pytest.mark.parametrize(
    "rows", [pytest.param(20_000, id="short"), pytest.param(MANY_ROWS, id="long", marks=pytest.mark.faults)]
)
async def test_the_ledger_and_the_page_agree_to_the_last_digit(replica: RunningLedger, rows: int) -> None:
    expected: dict[str, Decimal] = {}
    async with replica(price=PRICER.priced) as one:
        for start in range(0, rows, BATCH):
            batch = [priced_event(number) for number in range(start, start + BATCH)]
            for event in batch:
                for part in PRICER.priced(event).costs:  # type: ignore[union-attr]
                    expected[part.component] = expected.get(part.component, Decimal(0)) + part.amount_usd
            await one.ledger.append([Submission("track", event, b"{}") for event in batch])
        await one.ledger.catch_up()
        stored = await one.ledger._connected().fetch(SUM_OF_PARTS, timeout=300)
        counted = sums(
            (key[3], Decimal(row[0])) for key, row in one.totals.rows()["comms_cost_usd_total"].items()
        )
        of_days = sums((day.component, usd) for day, (usd, _) in one.totals.cost_days().items())
        assert {row[0]: row[1] for row in stored} == counted == of_days == expected
        assert sum(row[2] for row in stored) == sum(number for _, number in one.totals.cost_days().values())
        page = b"".join(Exposition(one.totals, one.registry).pieces(openmetrics=False, gzip=False)).decode()
        assert "comms_unpriced_units_total{" not in page
        written = sums(
            (component, float(usd))
            for component, usd in re.findall(
                r'^comms_cost_usd_total{[^}]*component="(\w+)"[^}]*} (\S+)$', page, re.MULTILINE
            )
        )
        series = sums(
            (key[3], float(row[0])) for key, row in one.totals.rows()["comms_cost_usd_total"].items()
        )
        assert written == series


def sums(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, amount in pairs:
        found[name] = found[name] + amount if name in found else amount
    return found


async def test_splitting_a_batch_changes_nothing(replica: RunningLedger, dsn: str) -> None:
    events = [Submission("track", priced_event(number), b"{}") for number in range(60)]
    async with replica(price=PRICER.priced) as one:
        for size, start in ((60, 0), (7, 100), (1, 200)):
            named = [_renamed(submission, start) for submission in events]
            for at in range(0, len(named), size):
                await one.ledger.append(named[at : at + size])
        await one.ledger.catch_up()
        once_usd = sum(
            part.amount_usd for submission in events for part in PRICER.priced(submission.event).costs
        )  # type: ignore[union-attr]
        assert sum(usd for usd, _ in one.totals.cost_days().values()) == 3 * once_usd
        stated = await one.ledger._connected().fetchval(SUM_OF_MESSAGES)
        of_messages = sum(usd for day, (usd, _) in one.totals.cost_days().items() if day.channel != "llm")
        assert stated == of_messages
        assert one.totals == await fresh_fold(dsn, one.metrics)


def _renamed(submission: Submission, start: int) -> Submission:
    message_id = getattr(submission.event, "message_id", None)
    if message_id is None:
        return submission
    return submission._replace(event=replace(submission.event, message_id=f"{start} {message_id}"))


def pricing(folder: Path, rate_usd: str = "0.025") -> dict[str, Any]:
    (folder / "card.csv").write_text(RATES.format(rate_usd))
    return {
        "whatsapp_rates": str(folder / "card.csv"),
        "twilio_prices": str(DATA / "twilio" / "api"),
        "email_usd": {"sendgrid": "0.0006"},
    }


def marketing(name: str) -> bytes:
    status = {
        "id": name,
        "status": "delivered",
        "timestamp": "1790000000",
        "recipient_id": "16505551234",
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "marketing", "type": "regular"},
    }
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}, "statuses": [status]}
    change = {"value": value, "field": "messages"}
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    ).encode()


async def post(one: RunningApp, name: str) -> None:
    signed = whatsapp_request(marketing(name))
    assert (await one.post("/webhooks/whatsapp", signed.body, dict(signed.headers)))[0] == 200


WHATSAPP = {"tenant": "default", "channel": "whatsapp", "provider": "whatsapp"}
SMS = {"tenant": "default", "channel": "sms", "provider": "twilio"}
MONEY = {"component": "message", "basis": "estimated"}


async def test_a_new_card_prices_what_comes_and_never_what_came(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path, pricing=pricing(tmp_path)) as one:
        await post(one, "wamid.1")
        await one.shows(0.025, "comms_cost_usd_total", **WHATSAPP, **MONEY)
        pricing(tmp_path, "1")
        assert (await one.post("/-/reload", b""))[0] == 200
        await post(one, "wamid.1")
        await post(one, "wamid.2")
        await one.shows(1.025, "comms_cost_usd_total", **WHATSAPP, **MONEY)
    async with running_app(dsn, tmp_path, pricing=pricing(tmp_path)) as one:
        await one.shows(1.025, "comms_cost_usd_total", **WHATSAPP, **MONEY)
        stored = await one.rows(
            "SELECT convert_from(data, 'UTF8')::jsonb ->> 'card' FROM events ORDER BY seq"
        )
        assert stored == [("card.csv 2025-07-01",), ("card.csv 2025-07-01",)]


async def test_a_bad_price_file_never_replaces_a_good_one(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path, pricing=pricing(tmp_path)) as one:
        pricing(tmp_path, "cheap")
        assert (await one.post("/-/reload", b""))[0] >= 400
        await one.shows(0, "comms_config_last_reload_successful")
        await post(one, "wamid.1")
        await one.shows(0.025, "comms_cost_usd_total", **WHATSAPP, **MONEY)


async def test_a_text_is_counted_priced_and_nowhere_in_the_ledger(dsn: str, tmp_path: Path) -> None:
    text = "Canary\u2019s " + "x" * 150
    event = MESSAGE | {"text": text, "country": "GB", "template": "welcome"}
    async with running_app(dsn, tmp_path, pricing=pricing(tmp_path)) as one:
        assert (await one.events(event, event | {"message_id": 5}))[0] == 200
        await one.shows(0.12, "comms_cost_usd_total", **SMS, **MONEY)
        waste = {"tenant": "default", "template": "welcome"}
        await one.shows(0.08, "comms_encoding_waste_usd_total", **waste)
        found = await one.rows("SELECT data, raw FROM events UNION ALL SELECT raw, raw FROM parked_events")
        assert len(found) == 2
        assert b"Canary" not in repr(found).encode()


async def test_what_we_compute_cannot_be_stated(dsn: str, tmp_path: Path) -> None:
    lie = {
        "costs": [{"component": "message", "amount_usd": "9"}],
        "card": "mine",
        "low_usd": "9",
        "high_usd": "9",
    }
    async with running_app(dsn, tmp_path, pricing=pricing(tmp_path)) as one:
        assert (await one.events(MESSAGE | lie | {"country": "GB", "segments": 1, "unpriced": "x"}))[0] == 200
        await one.shows(0.04, "comms_cost_usd_total", **SMS, **MONEY)


async def test_money_that_a_provider_states_is_taken_on_post_events(dsn: str, tmp_path: Path) -> None:
    charge = {
        "kind": "charge",
        "provider": "whatsapp",
        "channel": "whatsapp",
        "basis": "billed",
        "component": "message",
        "category": "marketing",
        "amount_usd": "12.50",
        "event_id": "2026-11-20 marketing",
    }
    async with running_app(dsn, tmp_path) as one:
        assert (await one.events(charge, charge))[1]["duplicate"] == 1
        await one.shows(12.5, "comms_cost_usd_total", **WHATSAPP, component="message", basis="billed")
        for wrong in ({"amount_usd": "-1"}, {"basis": "guessed"}, {"amount_usd": "NaN"}):
            assert (await one.events(charge | wrong))[0] == 400


async def test_email_costs_what_the_configuration_says(dsn: str, tmp_path: Path) -> None:
    event = MESSAGE | {"channel": "email", "provider": "sendgrid"}
    async with running_app(dsn, tmp_path, pricing=pricing(tmp_path)) as one:
        await one.events(
            event, event | {"status": "delivered"}, event | {"message_id": "SM2", "status": "undelivered"}
        )
        route = {"tenant": "default", "channel": "email", "provider": "sendgrid"}
        await one.shows(0.0012, "comms_cost_usd_total", **route, **MONEY)
        assert await one.rows("SELECT sum(cost_usd) FROM messages") == [(Decimal("0.0012"),)]
