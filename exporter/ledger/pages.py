"""Pages and their steps, as the ledger keeps them; a step is committed before anybody is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import asyncpg
import orjson

from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement

LEASE_S = 30.0
"""Seconds that whoever claims a step has to hand it over; longer than a provider is waited for."""


class Group(NamedTuple):
    """A group of alerts as people are told of it.

    Attributes:
        key: a digest of Alertmanager's name of the group.
        alerts: each alert by its fingerprint and its beginning.
        labels: what all of its alerts have in common by the grouping.
    """

    key: str
    alerts: list[str]
    labels: dict[str, str]
    title: str
    text: str


class Way(NamedTuple):
    """One way to a person: `number` is its place among theirs, from 0."""

    person: str
    number: int
    channel: str


class Step(NamedTuple):
    """A way that was taken, or is about to be.

    Attributes:
        outcome: `delivered`, `failed` or `timed_out`; None while nothing is known.
    """

    way: Way
    planned_at: datetime
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


class OpenPage(NamedTuple):
    """A page that nobody has answered, with its steps in the order in which they were planned."""

    page_id: int
    opened_at: datetime
    steps: list[Step]


class Told(NamedTuple):
    """What one page has to say."""

    page_id: int
    status: str
    title: str
    text: str


class Claim(NamedTuple):
    """All that waits for one person on one way, to be handed over at once.

    Attributes:
        unsure: the provider may have heard it already.
        since: when the oldest of it was planned.
    """

    way: Way
    pages: list[Told]
    unsure: bool
    since: datetime


class Settled(NamedTuple):
    """The end of a step, `seconds` after its page began."""

    channel: str
    outcome: str
    seconds: float


class Acknowledged(NamedTuple):
    """An answered page whose alerts are to be silent for a while."""

    page_id: int
    labels: dict[str, str]
    person: str
    until: datetime


class Pages:
    """The pages in the ledger's PostgreSQL; each method raises LedgerUnavailable when it does not answer."""

    def __init__(self, connected: Callable[[], Pool]) -> None:
        self._connected = connected

    async def open(self, group: Group, first: Sequence[Way], repeat: timedelta) -> tuple[int, bool]:
        """Keep a firing group with its first steps; the answer is its page, and whether it is a new one."""
        columns = _columns(first)
        text = _plain(group)
        async with passing_errors():
            row = await self._connected().fetchrow(
                statement("open_page"), *text, repeat.total_seconds(), *columns
            )
        return (0, False) if row is None else (row[0], row[1])

    async def close(self, group: Group, *, tell: bool) -> int | None:
        """End the group's pages; the answer is the page that tells of it, or None."""
        async with passing_errors():
            page: int | None = await self._connected().fetchval(statement("close_page"), *_plain(group), tell)
        return page

    async def open_pages(self, page_id: int | None = None) -> list[OpenPage]:
        """Every page that nobody has answered, or that one."""
        async with passing_errors():
            rows = await self._connected().fetch(statement("open_pages"), page_id)
        return [_page(list(steps)) for _, steps in groupby(rows, key=lambda row: row["page_id"])]

    async def plan(self, page_id: int, ways: Sequence[Way]) -> None:
        """Have these ways taken; one that is planned stays as it is."""
        async with passing_errors():
            await self._connected().execute(statement("plan_page_steps"), page_id, *_columns(ways))

    async def claim(self, storm_s: float, storm_sms: int, tried: Iterable[Way]) -> Claim | None:
        """Take what has waited longest for one person; nobody else gets it for LEASE_S seconds."""
        names = [f"{way.person} {way.number}" for way in tried]
        async with passing_errors():
            rows = await self._connected().fetch(
                statement("claim_page_steps"), LEASE_S, storm_s, storm_sms, names
            )
        return _claim(rows) if rows else None

    async def sent(self, claim: Claim, message_id: str | None) -> None:
        """The provider has taken it."""
        await self._end("page_steps_sent", claim, message_id)

    async def refused(self, claim: Claim) -> None:
        """The provider will never take it."""
        await self._end("page_steps_refused", claim)

    async def release(self, claim: Claim, *, unsure: bool) -> None:
        """It is to be tried again."""
        await self._end("page_steps_released", claim, unsure)

    async def settle_messages(self, tenant: str) -> list[Settled]:
        """End the steps whose receipts came."""
        async with passing_errors():
            rows = await self._connected().fetch(statement("settle_page_messages"), tenant)
        return [Settled(*row) for row in rows]

    async def time_out(self, patience_s: float) -> list[str]:
        """Give up waiting for receipts; one that comes later still counts. The answer is the channel of each step."""
        async with passing_errors():
            rows = await self._connected().fetch(statement("time_out_page_steps"), patience_s)
        return [row[0] for row in rows]

    async def calls(self) -> list[str]:
        """The calls whose end is not known."""
        async with passing_errors():
            return [row[0] for row in await self._connected().fetch(statement("page_calls"))]

    async def settle_call(self, call_id: str, outcome: str) -> list[Settled]:
        """End the steps of a call."""
        async with passing_errors():
            rows = await self._connected().fetch(statement("settle_page_call"), call_id, outcome)
        return [Settled(*row) for row in rows]

    async def acknowledge(self, person: str, tenant: str, message_id: str, silence_s: float) -> int:
        """Somebody answered by a message that the ledger has; the answer is how many pages that ends."""
        async with passing_errors():
            rows = await self._connected().fetch(
                statement("acknowledge_pages"), person, tenant, message_id, silence_s
            )
        return len(rows)

    async def to_silence(self) -> list[Acknowledged]:
        """Answered pages that are not silent yet."""
        async with passing_errors():
            rows = await self._connected().fetch(statement("pages_to_silence"))
        return [Acknowledged(row[0], orjson.loads(row[1]), row[2], row[3]) for row in rows]

    async def silenced(self, page_id: int) -> None:
        """The silence of a page stands."""
        async with passing_errors():
            await self._connected().execute(statement("page_silenced"), page_id)

    async def expire(self, after_s: float) -> None:
        """End pages that nobody ended."""
        async with passing_errors():
            await self._connected().execute(statement("expire_pages"), after_s)

    async def undelivered_s(self) -> float:
        """The age of the oldest open page that has reached nobody; 0 without one."""
        async with passing_errors():
            age_s: float = await self._connected().fetchval(statement("undelivered_page_age"))
        return age_s

    async def _end(self, name: str, claim: Claim, *more: object) -> None:
        pages = [page.page_id for page in claim.pages]
        way = claim.way
        async with passing_errors():
            await self._connected().execute(statement(name), pages, way.person, way.number, *more)


def _plain(group: Group) -> tuple[str, list[str], bytes, str, str]:
    return (group.key, group.alerts, orjson.dumps(group.labels), group.title, group.text)


def _columns(ways: Sequence[Way]) -> list[list[object]]:
    return list(map(list, zip(*ways, strict=True))) or [[], [], []]


def _page(rows: list[asyncpg.Record]) -> OpenPage:
    steps = [
        Step(
            Way(row["person"], row["way"], row["channel"]),
            row["planned_at"],
            row["sent_at"],
            row["ended_at"],
            row["outcome"],
        )
        for row in rows
        if row["person"] is not None
    ]
    return OpenPage(rows[0]["page_id"], rows[0]["opened_at"], steps)


def _claim(rows: list[asyncpg.Record]) -> Claim:
    _, person, number, channel, *_ = rows[0]
    told = sorted(Told(row["page"], row["status"], row["title"], row["text"]) for row in rows)
    unsure, since = any(row["unsure"] for row in rows), min(row["planned"] for row in rows)
    return Claim(Way(person, number, channel), told, unsure, since)
