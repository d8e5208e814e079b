"""Senders who cannot prove who they are: refused with 403, counted by reason, and nothing is stored."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.exporter_process import PUBLIC_URL
from tests.integration.running_app import RunningApp, running_app
from tests.unit.sources.sent import fixture, twilio_request, twilio_signature, whatsapp_request

FORM = "application/x-www-form-urlencoded"
FIELDS = {"MessageSid": "SM1", "MessageStatus": "sent", "From": "+15005550006", "To": "+15005550007"}
BODY = twilio_request(FIELDS).body
GOOD = twilio_signature(FIELDS.items(), f"{PUBLIC_URL}/webhooks/twilio")
FORGED = twilio_signature(FIELDS.items(), f"{PUBLIC_URL}/webhooks/twilio", "another-token")


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path) as running:
        yield running


async def failures(one: RunningApp, source: str, reason: str) -> float | None:
    return await one.sample("comms_signature_failures_total", source=source, reason=reason)


async def test_a_twilio_request_that_proves_nothing_is_refused_and_counted(one: RunningApp) -> None:
    for signatures, reason in (
        ([], "missing"),
        ([""], "missing"),
        ([FORGED], "mismatch"),
        ([FORGED, GOOD], "mismatch"),
        ([f"{GOOD}, {GOOD}"], "malformed"),
        ([GOOD[:-1]], "malformed"),
        (["A" * 8_000], "malformed"),
        (["ÿ" * 28], "malformed"),
    ):
        before = await failures(one, "twilio", reason) or 0
        headers = [("Content-Type", FORM), *(("X-Twilio-Signature", value) for value in signatures)]
        status, text = await one.post("/webhooks/twilio", BODY, headers)
        assert (status, reason in text) == (403, True), signatures
        assert await failures(one, "twilio", reason) == before + 1
    assert await one.rows("SELECT 1 FROM events UNION ALL SELECT 1 FROM parked_events") == []


async def test_a_whatsapp_request_that_proves_nothing_is_refused_and_counted(one: RunningApp) -> None:
    for signature, reason in (
        (None, "missing"),
        ("sha256=" + "0" * 64, "mismatch"),
        ("sha256=" + "0" * 7_000, "malformed"),
    ):
        headers = {"X-Hub-Signature-256": signature} if signature else {}
        assert (await one.post("/webhooks/whatsapp", b"{}", headers))[0] == 403
        assert await failures(one, "whatsapp", reason) == 1


async def test_a_wrong_or_missing_token_cannot_post_events(one: RunningApp) -> None:
    event = b'{"kind":"credit","balance":1}'
    assert (await one.post("/events", event))[0] == 401
    assert (await one.post("/events", event, {"Authorization": "Bearer nonsense"}))[0] == 401
    assert await failures(one, "track", "mismatch") == 1
    assert await one.rows("SELECT 1 FROM events") == []


async def test_a_captured_request_is_worth_nothing_at_another_tenants_url(one: RunningApp) -> None:
    headers = {"Content-Type": FORM, "X-Twilio-Signature": GOOD}
    assert (await one.post("/webhooks/twilio", BODY, headers))[0] == 200
    for url in ("/webhooks/twilio?tenant=globex", "/webhooks/twilio/globex"):
        assert (await one.post(url, BODY, headers))[0] == 403
    assert (await one.post("/webhooks/twilio", BODY, headers))[0] == 200
    assert await one.rows("SELECT tenant FROM events") == [("default",)]


async def test_what_a_proxy_says_of_the_address_does_not_matter(one: RunningApp) -> None:
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Host": "evil.example:1"}
    headers = {"Content-Type": FORM, "X-Twilio-Signature": GOOD, **lies}
    assert (await one.post("/webhooks/twilio", BODY, headers))[0] == 200


async def test_a_captured_request_split_anew_is_no_second_event(one: RunningApp) -> None:
    """The signature glues names and values together, so another split of them proves as well."""
    headers = {"Content-Type": FORM, "X-Twilio-Signature": GOOD}
    glued = "&".join(f"{name}{value}" for name, value in sorted(FIELDS.items())).replace("+", "%2B")
    await one.post("/webhooks/twilio", BODY, headers)
    for forged in (
        BODY.replace(b"MessageStatus=sent", b"MessageStatuss=ent"),
        BODY.replace(b"MessageSid=SM1", b"MessageSi=dSM1"),
        glued.encode(),
    ):
        assert (await one.post("/webhooks/twilio", forged, headers))[0] == 200
    assert await one.rows("SELECT message_id FROM events") == [("SM1",)]


def _sent_body(case: dict[str, Any]) -> bytes:
    return base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"].encode()


async def test_every_recorded_bad_request_gets_its_class_of_answer_and_never_a_5xx(one: RunningApp) -> None:
    for sender in ("twilio", "whatsapp"):
        for case in fixture(f"{sender}/negative.json")["cases"]:
            headers = {name: value for name, value in case["headers"].items() if value}
            status, text = await one.post(f"/webhooks/{sender}", _sent_body(case), headers)
            assert status in _allowed(case["expect"]), (case["id"], status, text)


def _allowed(expect: dict[str, Any]) -> tuple[int, ...]:
    """Refused without proof; what is proven is kept, and 400 only where no provider would repeat it as it is."""
    if expect["signature_valid"] is False:
        return (403,)
    if expect["response_class"] == "4xx":
        return (200, 400)
    return (200,) if expect["signature_valid"] is True else (200, 403)


async def test_what_whatsapp_signs_and_nobody_can_read_is_kept_with_its_raw_bytes(one: RunningApp) -> None:
    bad = b'{"object":"whatsapp_business_account","entry":['
    request = whatsapp_request(bad)
    status, text = await one.post("/webhooks/whatsapp", request.body, dict(request.headers))
    assert (status, '"reason":"malformed_body"' in text) == (400, True)
    assert await one.rows("SELECT source, reason, raw FROM parked_events") == [
        ("whatsapp", "malformed_body", bad)
    ]
