"""What messages and calls of the last days cost beyond need, as the savings hints read it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from exporter.ledger.connection import connect, passing_errors
from exporter.ledger.statement import statement
from exporter.vocabulary import RANK, Status

PATIENT_FAILURES = 3
"""So many messages may fail for a customer before the next one is a waste."""
SHORT_QUESTION_TOKENS = 4_000
SHORT_ANSWER_TOKENS = 200
_COMMAND_S = 300.0
# The planner takes a search within `data` to find hardly anything, and would look up each message by itself.
_SETTINGS = {"work_mem": "64MB", "enable_nestloop": "off"}


class AvoidableSegments(NamedTuple):
    """Segments that Smart Encoding saves."""

    tenant: str
    template: str | None
    messages: int
    segments: int
    avoidable_usd: Decimal


class FailedRetries(NamedTuple):
    """Messages that failed for customers whom nothing reached, after PATIENT_FAILURES of them."""

    tenant: str
    channel: str
    customers: int
    messages: int
    avoidable_usd: Decimal


class TemplateCategory(NamedTuple):
    """What a template cost in a country while it was charged as one category."""

    tenant: str
    template: str
    country: str
    category: str
    messages: int
    cost_usd: Decimal


class ShortAnswers(NamedTuple):
    """Chat calls with few tokens in and out; `cached_input_tokens` are among `input_tokens`."""

    tenant: str
    provider: str
    model: str
    calls: int
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int


class IdleNumber(NamedTuple):
    """A number that no message used; `name` is its alias or its last four digits."""

    tenant: str
    provider: str
    name: str
    monthly_rent_usd: Decimal


class Waste(NamedTuple):
    """Everything the hints are made of."""

    avoidable_segments: list[AvoidableSegments]
    failed_retries: list[FailedRetries]
    template_categories: list[TemplateCategory]
    short_answers: list[ShortAnswers]
    idle_numbers: list[IdleNumber]


async def read_waste(dsn: str, since: datetime) -> Waste:
    """Look through the events since then, on a connection of its own: this may take a while.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    connection = await connect(dsn, application="savings", command_s=_COMMAND_S, **_SETTINGS)
    try:
        async with passing_errors():
            segments = await connection.fetch(statement("avoidable_segments"), since)
            retries = await connection.fetch(
                statement("failed_retries"), since, PATIENT_FAILURES, RANK[Status.DELIVERED]
            )
            categories = await connection.fetch(statement("template_categories"), since)
            answers = await connection.fetch(
                statement("short_answers"), since, SHORT_QUESTION_TOKENS, SHORT_ANSWER_TOKENS
            )
            idle = await connection.fetch(statement("idle_numbers"), since)
    finally:
        await connection.close()
    return Waste(
        [AvoidableSegments(*row) for row in segments],
        [FailedRetries(*row) for row in retries],
        [TemplateCategory(*row) for row in categories],
        [ShortAnswers(*row) for row in answers],
        [IdleNumber(*row) for row in idle],
    )
