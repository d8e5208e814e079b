"""The outbox of pages: what one replica has taken no other takes, until it must be dead."""

from __future__ import annotations

from datetime import timedelta

from exporter.ledger.pages import Group, Way
from tests.conftest import RunningLedger
from tests.integration.paging import execute

GROUP = Group("key", ["alert"], {"alertname": "A"}, "A", "FIRING A.")
WAY = Way("first", 0, "sms")
STORM = (300.0, 5)


async def test_a_claim_holds_until_its_lease_is_over_and_then_the_try_is_unsure(
    dsn: str, replica: RunningLedger
) -> None:
    async with replica() as one, replica() as other:
        assert await one.ledger.pages.open(GROUP, [WAY], timedelta(minutes=30)) == (1, True)
        first = await one.ledger.pages.claim(*STORM, [])
        assert first is not None
        assert not first.unsure
        assert await other.ledger.pages.claim(*STORM, []) is None
        await execute(dsn, "UPDATE page_steps SET claimed_at = claimed_at - interval '31 s'")
        second = await other.ledger.pages.claim(*STORM, [])
        assert second is not None
        assert (second.way, second.unsure) == (WAY, True)
        await other.ledger.pages.sent(second, "SM1")
        assert await one.ledger.pages.claim(*STORM, []) is None


async def test_what_was_surely_not_heard_is_tried_again_without_doubt(replica: RunningLedger) -> None:
    async with replica() as one:
        pages = one.ledger.pages
        await pages.open(GROUP, [WAY], timedelta(minutes=30))
        for unsure in (False, True):
            claim = await pages.claim(*STORM, [])
            assert claim is not None
            assert not claim.unsure
            await pages.release(claim, unsure=unsure)
        claim = await pages.claim(*STORM, [])
        assert claim is not None
        assert claim.unsure
