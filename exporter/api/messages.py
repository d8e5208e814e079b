"""GET /api/v1/messages: what became of each message of a user, the newest first, by pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from exporter.api.answer import Answer, Exact
from exporter.api.caller import Role
from exporter.api.channel_name import ChannelName
from exporter.api.cursor import read, written
from exporter.api.endpoint import Asked, Endpoint, Parameters
from exporter.api.sources import Sources
from exporter.api.stored_text import storable
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.message_pages import Place, Wanted, messages_of
from exporter.sources.ledger_text import LONGEST_ID


class MessageState(Answer):
    """One message; never its text, nor whom it went to."""

    message_id: str = Field(description="The provider's id.")
    channel: str = Field(description="How it went.")
    provider: str = Field(description="By whom.")
    direction: str = Field(description="`inbound` or `outbound`.")
    status: str = Field(description="The highest status seen.")
    message_type: str | None = Field(description="What the application calls such messages.")
    template: str | None = Field(description="Its template.")
    cost_usd: Exact | None = Field(description="What its senders said that it cost, in US dollars.")
    first_at: datetime = Field(description="When it was first heard of.")
    sent_at: datetime | None = Field(description="When it was sent.")
    delivered_at: datetime | None = Field(description="When it arrived.")
    opened_at: datetime | None = Field(description="When a person first opened or read it.")
    ended_at: datetime | None = Field(description="When it failed, was undelivered or canceled.")


class MessagePage(Answer):
    """One page."""

    messages: list[MessageState] = Field(description="The newest first.")
    next_cursor: str | None = Field(description="Leads to the next page; null on the last.")


class _Parameters(Parameters):
    user: Annotated[
        str | None,
        Field(
            max_length=LONGEST_ID,
            description="Whose; only for administrators, who must name one.",
            examples=["42"],
        ),
        AfterValidator(lambda value: None if value is None else storable(value)),
    ] = None
    channel: Annotated[ChannelName | None, Field(description="One channel only.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many a page has.")] = 50
    cursor: Annotated[
        str | None,
        Field(
            max_length=1_024,
            description="`next_cursor` of the page before.",
            examples=["WyIyMDI2LTExLTIxVDEyOjAwOjAwWiIsIlNNMSJd"],
        ),
    ] = None


def message_endpoints(sources: Sources) -> list[Endpoint]:
    """Messages one by one."""
    return [
        Endpoint(
            "GET",
            "/api/v1/messages",
            "What became of each message of a user.",
            Role.USER,
            _Handler(sources).messages,
            MessagePage,
            _Parameters,
        )
    ]


class _Handler(NamedTuple):
    sources: Sources

    async def messages(self, asked: Asked) -> MessagePage:
        """Of the caller, or of the user whom an administrator names."""
        wanted = asked.parameters
        behind = read(wanted.cursor)
        async with self.sources.reader.of(asked.one_tenant) as connection:
            whose = Wanted(asked.one_tenant, _user(asked), wanted.channel)
            found = await messages_of(connection, whose, behind, wanted.limit + 1)
        page = [MessageState(**row) for row in found[: wanted.limit]]
        last = page[-1] if len(found) > wanted.limit else None
        next_cursor = None if last is None else written(Place(last.first_at, last.message_id))
        return MessagePage(messages=page, next_cursor=next_cursor)


def _user(asked: Asked) -> str:
    named: str | None = asked.parameters.user
    if asked.caller.role is Role.USER:
        if named not in (None, asked.caller.user):
            raise Refusal(RefusalReason.FORBIDDEN, "user: only an administrator may name another")
        return asked.caller.user
    if named is None:
        raise Refusal(RefusalReason.BAD_PARAMETER, "user: name one")
    return named
