"""One ledger for many generated examples: hypothesis is not asynchronous, so the ledger has a loop of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import msgspec

from exporter.event import Engagement, Entry, Message, Submission
from exporter.ledger.append import Price, unpriced
from exporter.totals import Totals
from tests.integration.killable_replica import KillableReplica, administer

Rows = dict[str, dict[tuple[str, ...], tuple[object, ...]]]


class LoopedLedger:
    """A ledger in which every example has messages, keys and customers of its own."""

    def __init__(self, dsn: str, price: Price = unpriced) -> None:
        self._loop = asyncio.new_event_loop()
        self._replica = KillableReplica(dsn, price)
        self._numbers = itertools.count()
        self.dsn = dsn

    def start(self) -> None:
        self._loop.run_until_complete(self._replica.start())

    def stop(self) -> None:
        self._loop.run_until_complete(self._replica.end())
        self._loop.close()

    def rows(self, batches: Sequence[Sequence[Submission]]) -> Rows:
        """What these batches count, as if they were the whole ledger."""
        rows = self.totals(batches).rows()
        del rows["comms_data_timestamp_seconds"]
        return {name: counted for name, counted in rows.items() if counted}

    def totals(self, batches: Sequence[Sequence[Submission]]) -> Totals:
        """The totals of these batches alone."""
        example = str(next(self._numbers))
        totals = Totals()
        for batch in batches:
            own = [_of_example(submission, example) for submission in batch]
            answers = self._loop.run_until_complete(self._replica.ledger.append(own))
            totals.fold(answer for answer in answers if isinstance(answer, Entry))
        return totals

    def states(self) -> dict[str, str]:
        """The state of each message of the last example."""
        return self._loop.run_until_complete(self._states(f"{next(self._numbers) - 1} "))

    def running_totals_equal_a_fresh_fold(self) -> bool:
        self._loop.run_until_complete(self._replica.ledger.catch_up())
        return self._replica.totals == self._loop.run_until_complete(self._replica.fresh_totals())

    async def _states(self, example: str) -> dict[str, str]:
        pool = self._replica.ledger._connected()
        found = await pool.fetch(
            "SELECT message_id, status FROM messages WHERE starts_with(message_id, $1)", example
        )
        return {row["message_id"].removeprefix(example): row["status"] for row in found}

    @staticmethod
    def make(server_dsn: str, name: str) -> None:
        command = f"CREATE DATABASE {name} TEMPLATE template_ledger STRATEGY file_copy"
        asyncio.run(administer(server_dsn, command))


def _of_example(submission: Submission, example: str) -> Submission:
    event = submission.event
    names = ("message_id", "peer", "conversation_id")
    assert isinstance(event, Message | Engagement)
    own = {name: f"{example} {value}" for name in names if (value := getattr(event, name, None)) is not None}
    key = submission.key and f"{example} {submission.key}"
    return submission._replace(event=msgspec.structs.replace(event, **own), key=key)
