"""Messages, one a row: what became of each; without its text and without the addresses of people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from pydantic import Field

from exporter.api.answer import Answer, Exact
from exporter.api.exports.table import Chart, Table
from exporter.api.period import Range
from exporter.ledger.connection import PoolConnection
from exporter.ledger.export_query import StoredMessage, messages
from exporter.ledger.rollup_query import Owner, Period


class MessageRow(Answer):
    """A message."""

    date: str = Field(title="Date", description="The day of its first step, UTC, as YYYY-MM-DD.")
    time: str = Field(title="Time", description="The time of its first step, UTC, as HH:MM:SS.")
    message_id: str = Field(title="Message", description="The provider's id.")
    user: str | None = Field(title="User", description="Whose it is, in the application's words.")
    channel: str = Field(title="Channel", description="`sms`, `whatsapp`, `email` or another.")
    provider: str = Field(title="Provider", description="Who carried it.")
    direction: str = Field(title="Direction", description="`inbound` or `outbound`.")
    country: str | None = Field(title="Country", description="Of the other side, ISO 3166.")
    message_type: str | None = Field(title="Type", description="What the application calls such messages.")
    status: str = Field(title="Status", description="The furthest step that is known.")
    sent_at: str | None = Field(title="Sent at", description="RFC 3339; null until it is sent.")
    delivered_at: str | None = Field(title="Delivered at", description="RFC 3339; null until it arrived.")
    cost_usd: Exact | None = Field(
        title="Cost (USD)", description="What was counted of it; null without price."
    )


async def _rows(connection: PoolConnection, owner: Owner, period: Period) -> AsyncIterator[list[Answer]]:
    async for page in messages(connection, owner, period):
        yield [_row(stored) for stored in page]


MESSAGES = Table(
    name="messages",
    title="Messages",
    parameters=Range,
    row=MessageRow,
    rows=_rows,
    charts=(
        Chart("Messages by day", by="date", in_order=True),
        Chart("Messages by status", by="status"),
    ),
)


def _row(stored: StoredMessage) -> MessageRow:
    at = stored.first_at.astimezone(UTC)
    return MessageRow(
        date=f"{at:%Y-%m-%d}",
        time=f"{at:%H:%M:%S}",
        message_id=stored.message_id,
        user=stored.user_id,
        channel=stored.channel,
        provider=stored.provider,
        direction=stored.direction,
        country=stored.country,
        message_type=stored.message_type,
        status=stored.status,
        sent_at=_moment(stored.sent_at),
        delivered_at=_moment(stored.delivered_at),
        cost_usd=stored.cost_usd,
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
