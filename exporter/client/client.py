"""The calls of an application: what is tracked goes into the outbox, what is asked goes to the exporter at once."""

from __future__ import annotations

import os
import weakref
from collections import OrderedDict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias
from uuid import UUID, uuid4

from exporter.client.answer import Communication, Stats, history, stats
from exporter.client.event_line import LONGEST_NAME, event_line, moment, money, once_key, required, text
from exporter.client.outbox import Limits, Outbox
from exporter.client.report import Unusable, quietly, report
from exporter.client.transport import Endpoint, Transport

DEFAULT_URL = "http://127.0.0.1:9847"
DEFAULT_PROVIDER = "app"
UNKNOWN_CHANNEL = "other"
_REMEMBERED = 10_000
_CLOSE_S = 2.0

Id: TypeAlias = str | int | UUID
Money: TypeAlias = Decimal | int | float | str


class MessageId(str):
    """The id of a message that was tracked; `id` is the same, for code that expects an object."""

    __slots__ = ()

    @property
    def id(self) -> str:
        """The id."""
        return str(self)


class _Sent(NamedTuple):
    """What the later steps of a message repeat."""

    channel: str | None
    provider: str | None
    tenant: str | None


class Client:
    """Tracks communication. No call raises: one that fails logs why and answers None.

    Args:
        url: of the exporter.
        token: its event token, where it asks for one.
        spool_dir: a folder on a local disk where events wait while the exporter is away; without one they wait in
            memory. Processes may share it.
        queue_events: how many may wait in memory; beyond that new ones are dropped.
        spool_bytes: how much may wait on disk; beyond that the oldest are dropped.
        timeout_s: how long the exporter may keep silent.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        spool_dir: str | os.PathLike[str] | None = None,
        *,
        queue_events: int = 10_000,
        spool_bytes: int = 67_108_864,
        timeout_s: float = 5.0,
    ) -> None:
        self._endpoint = Endpoint(url, token, timeout_s)
        limits = Limits(queue_events, Path(spool_dir) if spool_dir else None, spool_bytes)
        self._outbox = Outbox(self._endpoint, limits)
        self._sent: OrderedDict[str, _Sent] = OrderedDict()
        weakref.finalize(self, self._outbox.abandon).atexit = False
        if spool_dir:
            self._send_what_is_left()

    @property
    def pending(self) -> int:
        """Events that the exporter has not acknowledged yet."""
        return self._outbox.pending

    @property
    def dropped(self) -> int:
        """Events that were lost because memory or disk were full or the client was closed."""
        return self._outbox.dropped

    @property
    def refused(self) -> int:
        """Events that the exporter could not count; it keeps them and says why in the log."""
        return self._outbox.refused

    @quietly()
    def track_message_sent(
        self,
        user_id: Id,
        channel: str,
        message_type: str | None = None,
        cost: Money | None = None,
        *,
        message_id: Id | None = None,
        sent_at: datetime | None = None,
        template: str | None = None,
        provider: str | None = None,
        tenant: str | None = None,
        outlet: Id | None = None,
        conversation_id: Id | None = None,
    ) -> MessageId | None:
        """A message went to a user; the answer is its id, by which its later steps are tracked.

        Give the provider's own `message_id` where its webhooks report on the same message.
        """
        name = MessageId(text("message_id", message_id) or uuid4())
        sent = _Sent(
            required("channel", channel, LONGEST_NAME),
            text("provider", provider, LONGEST_NAME) or DEFAULT_PROVIDER,
            text("tenant", tenant, LONGEST_NAME),
        )
        fields = {
            "user": required("user_id", user_id),
            "message_type": text("message_type", message_type, LONGEST_NAME),
            "cost_usd": money("cost", cost),
            "template": text("template", template, LONGEST_NAME),
            "outlet": text("outlet", outlet),
            "conversation_id": text("conversation_id", conversation_id),
        }
        queued = self._step(name, "sent", moment("sent_at", sent_at), sent, fields)
        self._remember(name, sent)
        return name if queued else None

    @quietly(delivery_time="delivered_at")
    def track_message_delivered(
        self,
        message_id: Id,
        delivered_at: datetime | None = None,
        *,
        channel: str | None = None,
        provider: str | None = None,
        tenant: str | None = None,
    ) -> str | None:
        """A message arrived.

        Of a message that another process sent, say the channel and provider: they are the labels it counts under.
        """
        name = required("message_id", message_id)
        sent = self._recall(name, channel, provider, tenant)
        return self._step(name, "delivered", moment("delivered_at", delivered_at), sent, {})

    @quietly(open_time="opened_at")
    def track_message_opened(
        self,
        message_id: Id,
        opened_at: datetime | None = None,
        *,
        channel: str | None = None,
        tenant: str | None = None,
    ) -> str | None:
        """A person opened a message; each opening counts, and the first counts for the open rate."""
        name = required("message_id", message_id)
        sent = self._recall(name, channel, None, tenant)
        fields = {"message_id": name, "action": "open", "channel": sent.channel, "tenant": sent.tenant}
        return self._queue("engagement", str(uuid4()), moment("opened_at", opened_at), fields)

    @quietly(timestamp="at")
    def track_user_action(
        self,
        message_id: Id | None = None,
        action_type: str | None = None,
        at: datetime | None = None,
        *,
        user_id: Id | None = None,
        channel: str | None = None,
        tenant: str | None = None,
    ) -> str | None:
        """A user did something; with a message id, an action counts once for the message."""
        action = required("action_type", action_type, LONGEST_NAME)
        name, user = text("message_id", message_id), text("user_id", user_id)
        if name is None and user is None:
            raise Unusable("message_id and user_id: both missing")
        sent = self._recall(name, channel, None, tenant)
        event_id = once_key("action", name, action) if name else str(uuid4())
        fields = {"message_id": name, "user": user, "action": action}
        fields |= {"channel": sent.channel, "tenant": sent.tenant}
        return self._queue("engagement", event_id, moment("at", at), fields)

    @quietly(impact_amount="amount", timestamp="at")
    def track_financial_outcome(
        self,
        user_id: Id,
        action: str,
        amount: Money,
        at: datetime | None = None,
        *,
        tenant: str | None = None,
    ) -> str | None:
        """What an action was worth in US dollars: a gain, or a loss where negative."""
        if amount is None:
            raise Unusable("amount: missing")
        fields = {
            "user": required("user_id", user_id),
            "action": required("action", action, LONGEST_NAME),
            "amount_usd": money("amount", amount),
            "tenant": text("tenant", tenant, LONGEST_NAME),
        }
        return self._queue("outcome", str(uuid4()), moment("at", at), fields)

    @quietly()
    def get_user_communication_history(
        self, user_id: Id, limit: int = 50, *, tenant: str | None = None
    ) -> list[Communication]:
        """The newest messages to a user. Waits for the exporter's answer."""
        query = {
            "user": required("user_id", user_id),
            "limit": text("limit", limit),
            "tenant": text("tenant", tenant, LONGEST_NAME),
        }
        return history(self._ask("history", query))

    @quietly(start_date="start", end_date="end")
    def get_communication_stats(
        self,
        user_id: Id | None = None,
        message_type: str | None = None,
        channel: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        tenant: str | None = None,
    ) -> Stats:
        """Totals of the messages sent from `start` on and before `end`. Waits for the exporter's answer."""
        query = {
            "user": text("user_id", user_id),
            "message_type": text("message_type", message_type, LONGEST_NAME),
            "channel": text("channel", channel, LONGEST_NAME),
            "start": None if start is None else moment("start", start),
            "end": None if end is None else moment("end", end),
            "tenant": text("tenant", tenant, LONGEST_NAME),
        }
        return stats(self._ask("stats", query))

    @quietly()
    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until the exporter has acknowledged all that waits; False when the time is over."""
        return self._outbox.flush(timeout_s)

    @quietly()
    def close(self, timeout_s: float = _CLOSE_S) -> bool:
        """Flush and take nothing more; what is on disk stays for the next process."""
        return self._outbox.close(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @quietly()
    def _send_what_is_left(self) -> None:
        """Begin with what processes that died left on disk."""
        self._outbox.start()

    def _step(
        self, name: str, status: str, at: str, sent: _Sent, fields: dict[str, str | None]
    ) -> str | None:
        """One step of a message; the pair of message and status counts once."""
        route = {"channel": sent.channel or UNKNOWN_CHANNEL, "provider": sent.provider or DEFAULT_PROVIDER}
        step = {"direction": "outbound", "status": status, "message_id": name, "tenant": sent.tenant}
        return self._queue("message", once_key("message", name, status), at, {**step, **route, **fields})

    def _queue(self, kind: str, event_id: str, at: str, fields: dict[str, str | None]) -> str | None:
        if self._outbox.put(event_line({"kind": kind, "event_id": event_id, "at": at, **fields})):
            return event_id
        report("an event was dropped: too many wait, or the client is closed")
        return None

    def _remember(self, name: str, sent: _Sent) -> None:
        self._sent[name] = sent
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)

    def _recall(self, name: str | None, channel: object, provider: object, tenant: object) -> _Sent:
        """What is said of a message, else what this client remembers of it."""
        known = self._sent.get(name or "", _Sent(None, None, None))
        return _Sent(
            text("channel", channel, LONGEST_NAME) or known.channel,
            text("provider", provider, LONGEST_NAME) or known.provider,
            text("tenant", tenant, LONGEST_NAME) or known.tenant,
        )

    def _ask(self, what: str, query: dict[str, str | None]) -> object:
        transport = Transport(self._endpoint)
        given = {name: value for name, value in query.items() if value is not None}
        try:
            answer = transport.get(f"/api/v1/communications/{what}", given)
        finally:
            transport.close()
        if answer.status != 200:
            raise Unusable(f"the exporter answers {answer.status}")
        return answer.content
