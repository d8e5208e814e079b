"""What a tenant may spend in a month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from exporter.config.sla import ChannelName
from exporter.errors import Problem
from exporter.field_types import LabelName, Section
from exporter.vocabulary import Channel

MONEY_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,9})?$"


def _exactly(value: Any) -> Decimal:
    if not isinstance(value, bool) and re.fullmatch(MONEY_PATTERN, str(value)) and Decimal(str(value)):
        return Decimal(str(value))
    raise ValueError("must be an amount of US dollars above zero, such as 250 or 99.50")


Usd = Annotated[
    Decimal,
    BeforeValidator(_exactly),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": MONEY_PATTERN}]}
    ),
]


class Budget(Section):
    """What may be spent in a calendar month, UTC."""

    tenant: LabelName = Field(default="default", description="Whose money.")
    channel: ChannelName | None = Field(
        default=None, description="One channel, or null for all of the tenant together."
    )
    limit_usd: Usd = Field(description="US dollars a calendar month, in UTC.")


def budget_problems(budgets: Iterable[Budget]) -> Iterator[Problem]:
    """A channel that does not exist, or a second budget for the same money."""
    first: dict[tuple[str, str | None], int] = {}
    for at, budget in enumerate(budgets):
        if budget.channel is not None and budget.channel not in list(Channel):
            yield Problem(f"budgets[{at}].channel", f"unknown; must be one of {', '.join(Channel)}")
        same = first.setdefault((budget.tenant, budget.channel), at)
        if same != at:
            yield Problem(f"budgets[{at}]", f"is for the same money as budgets[{same}]")
