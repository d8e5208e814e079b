"""Stripe's events through the real ledger: one move of money is one, whatever tells of it and whoever takes it."""

from __future__ import annotations

import asyncio
import random

from exporter.sources.source import Request
from tests.conftest import Replica, RunningLedger
from tests.unit.sources.stripe_events import charge, dispute, event, intent, invoice, refund, session, stripe

MONEY = {"credits": "17391", "tenant": "acme"}


def told() -> list[Request]:
    """One payment of 20 dollars for credits, a refund of 5 of them and a dispute, as eight events tell of them."""
    listed = {"data": [refund(metadata=MONEY)]}
    return [
        event("charge.succeeded", charge(metadata=MONEY)),
        event("payment_intent.succeeded", intent(metadata=MONEY)),
        event("checkout.session.completed", session(metadata=MONEY)),
        event("invoice.paid", invoice(metadata=MONEY)),
        event("charge.refunded", charge(metadata=MONEY, amount_refunded=500, refunds=listed)),
        event("refund.created", refund(metadata=MONEY)),
        event("charge.dispute.created", dispute(metadata=MONEY)),
        event("charge.dispute.closed", dispute(metadata=MONEY, status="lost")),
    ]


async def take(one: Replica, requests: list[Request]) -> None:
    for request in requests:
        await one.ledger.append(stripe().read(request).submissions)


def values(one: Replica, family: str) -> dict[tuple[str, ...], str]:
    return {key: str(row[0]) for key, row in one.totals.rows()[family].items()}


async def test_any_order_with_repeats_over_two_replicas_counts_each_move_once(replica: RunningLedger) -> None:
    requests = told()
    shuffler = random.Random(11)
    async with replica() as one, replica() as other:
        for _ in range(5):
            here, there = (shuffler.sample(requests, len(requests)) for _ in range(2))
            await asyncio.gather(take(one, here), take(other, there))
        await one.ledger.catch_up()
        assert values(one, "comms_payments_total") == {
            ("acme", "succeeded"): "1",
            ("acme", "refunded"): "1",
            ("acme", "disputed"): "1",
        }
        assert values(one, "comms_payment_amount_usd_total")["acme", "succeeded"] == "20.00"
        assert values(one, "comms_payment_amount_usd_total")["acme", "refunded"] == "5.00"
        assert values(one, "comms_credits_bought_total") == {("acme",): "17391"}
