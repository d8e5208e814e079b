"""What the exporter answers, as values."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypedDict


class Communication(NamedTuple):
    """One message of a user's history; times are aware UTC, None where nothing is known."""

    message_id: str
    channel: str
    provider: str
    message_type: str | None
    status: str
    sent_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    cost_usd: Decimal | None


class Stats(TypedDict):
    """Totals of messages; rates are in percent of the total, None where there is no message."""

    total: int
    delivered: int
    opened: int
    delivery_rate_percent: float | None
    open_rate_percent: float | None
    cost_usd: Decimal


def history(answer: Any) -> list[Communication]:
    """The messages of a user, newest first."""
    return [_communication(row) for row in answer]


def stats(answer: Any) -> Stats:
    """The totals."""
    return Stats(
        total=answer["total"],
        delivered=answer["delivered"],
        opened=answer["opened"],
        delivery_rate_percent=answer["delivery_rate_percent"],
        open_rate_percent=answer["open_rate_percent"],
        cost_usd=Decimal(answer["cost_usd"]),
    )


def _communication(row: dict[str, Any]) -> Communication:
    times = {name: _moment(row[name]) for name in ("sent_at", "delivered_at", "opened_at")}
    cost_usd = None if row["cost_usd"] is None else Decimal(row["cost_usd"])
    return Communication(
        **{name: row[name] for name in Communication._fields} | times | {"cost_usd": cost_usd}
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
