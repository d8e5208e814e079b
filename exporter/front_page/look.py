"""One look at everything that the page shows: from memory, and from the sums where the ledger answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from exporter.api.compliance import Limits
from exporter.api.freshness import freshness
from exporter.api.sources import Sources
from exporter.api.usage import Credits
from exporter.errors import LedgerUnavailable
from exporter.front_page.channels import Channel, channels
from exporter.front_page.firing import Ask, Firing, firing, own_alerts
from exporter.front_page.llm import Llm, llm
from exporter.front_page.money import Money, money
from exporter.front_page.pace import Pace
from exporter.front_page.visit import Visit
from exporter.health import Health
from exporter.known import Key
from exporter.label import label
from exporter.selfmetrics import SelfMetrics
from exporter.spend.daily_spend import Account
from exporter.spend.gauges import budget_limits
from exporter.spend.month import Month
from exporter.totals import Totals

_PATIENCE_S = 3.0
_MOST_ROWS = 500
_MESSAGES = "comms_messages_total"


class Inbox(NamedTuple):
    """Notifications of whoever looks.

    Attributes:
        newest: their titles, unread ones first.
    """

    unread: int
    newest: Sequence[str]


class Parts(NamedTuple):
    """What is looked at; what may be replaced while running is a function.

    Attributes:
        senders: names of the sources that are heard.
        inbox: None for who has none.
    """

    sources: Sources
    totals: Callable[[], Totals]
    metrics: SelfMetrics
    health: Health
    months: Callable[[], Mapping[Account, Month]]
    pace: Pace
    senders: Callable[[], Sequence[str]]
    ready: Callable[[], bool]
    ask: Ask
    demo: bool
    inbox: Callable[[Visit], Awaitable[Inbox | None]]


class Sums(NamedTuple):
    """What only the ledger's sums tell; `llm` is None where no model was called."""

    channels: list[Channel]
    llm: Llm | None
    as_of: datetime
    lag_events: int


class Look(NamedTuple):
    """Everything at one moment.

    Attributes:
        sums, inbox: None while the ledger does not answer.
        money, firing: None for a single user, who sees a tenant's neither.
        senders: as GET /api/webhooks/{source}/health tells them.
        counts: (tenant, channel, provider, direction, status) and how many, since the ledger began.
    """

    visit: Visit
    now: datetime
    ready: bool
    demo: bool
    seq: int
    pace_per_s: float | None
    tenants: list[str]
    sums: Sums | None
    money: Money | None
    firing: Firing | None
    senders: list[dict[str, Any]]
    counts: list[tuple[Key, int]]
    inbox: Inbox | None


async def look(parts: Parts, visit: Visit, now: datetime) -> Look:
    """See everything; never fails because the ledger is away."""
    config, totals = parts.sources.config(), parts.totals()
    found = await _sums(parts, visit, now)
    own = own_alerts(found.channels) if found else []
    return Look(
        visit=visit,
        now=now,
        ready=parts.ready(),
        demo=parts.demo,
        seq=totals.seq,
        pace_per_s=parts.pace.per_s,
        tenants=_tenants(config.tenants, totals) if visit.sees_all_tenants else [],
        sums=found,
        money=None if visit.own_only else money(parts.months(), budget_limits(config), visit, parts.metrics),
        firing=None if visit.own_only else await firing(parts.ask, config.alertmanager.url, visit, own),
        senders=[health for name in parts.senders() if (health := parts.health.sender(name))],
        counts=_counts(totals, visit),
        inbox=await _inbox(parts, visit) if found else None,
    )


async def _sums(parts: Parts, visit: Visit, now: datetime) -> Sums | None:
    """Not asked for while the ledger is known to be away, so that the page comes at once."""
    if not parts.ready():
        return None
    config = parts.sources.config()
    limits = Limits(config, visit.tenant or "")
    try:
        async with asyncio.timeout(_PATIENCE_S):
            found = await channels(parts.sources.reader, visit, limits, now)
            called = await llm(parts.sources.reader, visit, Credits(config.credits.used_per_usd), now)
            fresh = await freshness(parts.sources.ledger)
    except (LedgerUnavailable, TimeoutError):
        return None
    return Sums(found, called, **fresh)


async def _inbox(parts: Parts, visit: Visit) -> Inbox | None:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await parts.inbox(visit)
    except (LedgerUnavailable, TimeoutError):
        return None


def _counts(totals: Totals, visit: Visit) -> list[tuple[Key, int]]:
    """Of a tenant or of all; a single user's are in no total."""
    if visit.own_only:
        return []
    counts = totals.counts(_MESSAGES, len(totals.families[_MESSAGES].keys))
    own = None if visit.tenant is None else label(visit.tenant)
    return sorted((key, number) for key, number in counts if own in (None, key[0]))[:_MOST_ROWS]


def _tenants(configured: Sequence[str], totals: Totals) -> list[str]:
    """Tenants that may be chosen: those of the configuration, then those that sent something."""
    sending = sorted({key[0] for key in totals.families[_MESSAGES].keys})
    return list(dict.fromkeys((*configured, *sending)))[:_MOST_ROWS]
