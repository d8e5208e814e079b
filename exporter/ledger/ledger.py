"""The ledger as the rest of the program sees it: append, totals, and whether it is well."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from exporter.config import Config
from exporter.errors import LedgerUnavailable
from exporter.event import Entry, Submission
from exporter.ledger import own_numbers, rate_cards, retention, state
from exporter.ledger.append import Appender, Price, unpriced
from exporter.ledger.bills import BilledAccount, Bills
from exporter.ledger.checkpoint import Checkpoint, load_totals
from exporter.ledger.commit import Answer
from exporter.ledger.connection import Connection, Pool, check_durability, migrate, open_pool
from exporter.ledger.cursor import Move, forget_oldest_open_rows, open_rows, read_cursor
from exporter.ledger.erasure import Erasures
from exporter.ledger.follower import Follower
from exporter.ledger.leader import Leader
from exporter.ledger.notification_feed import NotificationFeed, Tell
from exporter.ledger.notification_inbox import Wishes, set_wishes
from exporter.ledger.notifications import Inbox, Notifications
from exporter.ledger.pages import Pages
from exporter.ledger.parking import ParkedEvent, park
from exporter.ledger.rollups import RolledUp, RollUp, prune_rollups, rolled_up
from exporter.ledger.steps import Steps, steps_seen
from exporter.ledger.webhooks import Webhooks
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals

_POOL_SIZE = 4
_COMMAND_S = 5.0


class Ledger:
    """One PostgreSQL, its totals in memory, and the tasks that keep the two the same.

    Args:
        declare: called with the totals before the first event is folded in.
        publish: called with them once they have reached the ledger's end. Before that nobody may see them: totals
            of a checkpoint are lower than what was published before the restart.
        price: called with each event before it is stored.
    """

    def __init__(
        self,
        dsn: str,
        config: Callable[[], Config],
        metrics: SelfMetrics,
        *,
        declare: Callable[[Totals], None],
        publish: Callable[[Totals], None],
        price: Price = unpriced,
    ) -> None:
        self.dsn = dsn
        self.bills = Bills(self._connected)
        self.notifications = Notifications(self._connected)
        self.pages = Pages(self._connected)
        self.webhooks = Webhooks(self._connected)
        self.erasures = Erasures(dsn, self._connected, self.roll_up)
        self.price = price
        self._totals: Totals | None = None
        self._config = config
        self._metrics = metrics
        self._declare = declare
        self._publish = publish
        self._pool: Pool | None = None
        self._follower: Follower | None = None
        self._checkpoint: Checkpoint | None = None
        self._caught_up = asyncio.Event()
        self._first = asyncio.Lock()
        self._parking: set[asyncio.Task[None]] = set()
        self._leader = Leader(metrics)
        self._roll_up = RollUp(self._connected, lambda: config().retention, config().limits.series_per_metric)
        self._appender = Appender(config().ledger, metrics, self._committed, self._seen, price)

    @property
    def leads(self) -> bool:
        """True while this replica runs the scheduled work."""
        return self._leader.leads

    @property
    def ready(self) -> bool:
        """True once the totals have reached the ledger's end, while the ledger takes events."""
        return self._appender.up and self._caught_up.is_set()

    @property
    def newest_seq(self) -> int:
        """The last entry that is known to be stored; 0 before the first look."""
        return self._follower.newest_seq if self._follower is not None else 0

    async def append(self, submissions: list[Submission], move: Move | None = None) -> Answer:
        """See Appender.append."""
        return await self._appender.append(submissions, move)

    async def park(self, events: list[ParkedEvent]) -> None:
        """See exporter.ledger.parking.park; given up after the time that an append has.

        It is left to finish by itself: a cancelled command of asyncpg waits for the server that does not answer.
        """
        if not events:
            return
        if not self._appender.up:
            raise LedgerUnavailable("the ledger is not connected")
        parking = asyncio.create_task(park(self._connected(), events, self._config().limits.parked_events))
        self._parking.add(parking)
        parking.add_done_callback(self._parked)
        done, _ = await asyncio.wait({parking}, timeout=self._config().ledger.append_timeout_s)
        if not done:
            raise LedgerUnavailable("the ledger did not answer in time")
        parking.result()

    async def catch_up(self) -> int:
        """Bring the totals to the ledger's end; see Follower.catch_up."""
        if self._follower is None:
            raise LedgerUnavailable("the ledger is not connected")
        return await self._follower.catch_up()

    async def write_checkpoint(self) -> bool:
        """See Checkpoint.write; there is nothing to write before the totals have reached the ledger's end."""
        if self._checkpoint is None:
            raise LedgerUnavailable("the ledger is not connected")
        if not self._caught_up.is_set():
            return False
        return await self._checkpoint.write()

    async def roll_up(self) -> int:
        """See RollUp.run."""
        return await self._roll_up.run()

    async def rolled_up(self) -> RolledUp:
        """See exporter.ledger.rollups.rolled_up."""
        return await rolled_up(self._connected())

    def notification_feed(self, tell: Tell) -> NotificationFeed:
        """What the ledger tells users from now on."""
        return NotificationFeed(self._connected, tell)

    async def set_wishes(self, inbox: Inbox, said: Wishes) -> None:
        """See exporter.ledger.notification_inbox.set_wishes."""
        await set_wishes(self._connected, inbox, said)

    async def read_cursor(self, scan: str) -> tuple[str, int]:
        """See exporter.ledger.cursor.read_cursor."""
        return await read_cursor(self._connected(), scan)

    async def open_rows(self, scan: str, after: str, limit: int) -> list[tuple[str, datetime]]:
        """See exporter.ledger.cursor.open_rows."""
        return await open_rows(self._connected(), scan, after, limit)

    async def forget_oldest_open_rows(self, scan: str, kept: int) -> int:
        """See exporter.ledger.cursor.forget_oldest_open_rows."""
        return await forget_oldest_open_rows(self._connected(), scan, kept)

    async def steps_seen(self, provider: str, message_ids: Sequence[str]) -> dict[str, Steps]:
        """See exporter.ledger.steps.steps_seen."""
        return await steps_seen(self._connected(), provider, message_ids)

    async def rate_cards(self, provider: str, account: str) -> list[rate_cards.RateCard]:
        """See exporter.ledger.rate_cards.rate_cards."""
        return await rate_cards.rate_cards(self._connected(), provider, account)

    async def keep_rate_card(
        self, provider: str, account: str, country: str, fetched_at: datetime, body: str
    ) -> bool:
        """See exporter.ledger.rate_cards.keep_rate_card."""
        pool = self._connected()
        return await rate_cards.keep_rate_card(pool, provider, account, country, fetched_at, body)

    async def countries_named(self, provider: str, since: datetime) -> frozenset[str]:
        """See exporter.ledger.rate_cards.countries_named."""
        return await rate_cards.countries_named(self._connected(), provider, since)

    async def replace_own_numbers(
        self, of: BilledAccount, listed_at: datetime, numbers: Sequence[own_numbers.OwnNumber]
    ) -> None:
        """See exporter.ledger.own_numbers.replace_own_numbers."""
        await own_numbers.replace_own_numbers(self._connected(), of, listed_at, numbers)

    async def refresh(self, senders: Sequence[str] = ()) -> None:
        """See exporter.ledger.state.refresh."""
        known = self._totals.outbound_routes() if self._totals is not None else ()
        # Those of other tenants appear when they have something to say: each series costs every scrape.
        tenants = set(self._config().tenants)
        routes = [route for route in known if route[0] in tenants]
        await state.refresh(self._connected(), self._metrics, self._config(), routes, senders)

    async def keep(self) -> int:
        """Make partitions ahead and prune what is past its time; the answer is days of events dropped."""
        await retention.keep_partitions(self._connected())
        await self.roll_up()
        await prune_rollups(self._connected(), self._config().retention)
        totals_seq = self._checkpoint.seq if self._checkpoint else 0
        counted_seq = min(totals_seq, (await self.rolled_up()).seq)
        return await retention.prune(self._connected(), self._config().retention, counted_seq)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connect, follow and lead in the background; at the end the totals are written down."""
        async with asyncio.TaskGroup() as tasks:
            work = [
                tasks.create_task(self._appender.run(self.dsn, self._prepare)),
                tasks.create_task(self._leader.run(self.dsn)),
                tasks.create_task(self._follow()),
            ]
            try:
                yield
            finally:
                for task in work:
                    task.cancel()
                with contextlib.suppress(LedgerUnavailable, asyncio.CancelledError):
                    await self.catch_up()
                    await self.write_checkpoint()
                if self._pool is not None:
                    self._pool.terminate()

    async def _prepare(self, connection: Connection) -> None:
        if not self._config().ledger.allow_unsafe_durability:
            await check_durability(connection)
        async with self._first:
            if self._follower is None:
                await migrate(connection)
                pool = await open_pool(self.dsn, size=_POOL_SIZE, command_s=_COMMAND_S)
                await retention.keep_partitions(pool)
                self._load(pool, *await load_totals(pool, self._config().limits.series_per_metric))

    def _load(self, pool: Pool, totals: Totals, written_at: datetime | None) -> None:
        self._pool = pool
        self._totals = totals
        self._declare(totals)
        self._checkpoint = Checkpoint(pool, totals, self._metrics)
        self._follower = Follower(pool, totals, written_at, self._metrics)

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(LedgerUnavailable):
                await self._fill_in()
                await self.catch_up()
                break
            await asyncio.sleep(0.02)
        if self._follower is not None and self._totals is not None:
            self._caught_up.set()
            self._publish(self._totals)
            await self._follower.run(lambda: self._config().ledger.follow_interval_s)

    async def _fill_in(self) -> None:
        if self._follower is None:
            raise LedgerUnavailable("the ledger is not connected")
        await self._follower.fill_in()

    def _committed(self, entries: list[Entry]) -> None:
        if self._follower is not None and self._caught_up.is_set():
            self._follower.committed(entries)

    def _seen(self, seq: int) -> None:
        if self._follower is not None and self._caught_up.is_set():
            self._follower.seen(seq)

    def _parked(self, parking: asyncio.Task[None]) -> None:
        self._parking.discard(parking)
        if not parking.cancelled():
            parking.exception()  # Seen, also where nobody waits for it any more.

    def _connected(self) -> Pool:
        if self._pool is None:
            raise LedgerUnavailable("the ledger is not connected")
        return self._pool
