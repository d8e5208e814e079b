"""An operator's own table of LLM prices, in the units and match clauses of genai-prices.

Shape: `{"models": [{"provider", "model", "match"?, "from"?, "prices_usd_per_million_tokens": {"input_mtok": "1"}}]}`;
a price may be `{"base", "tiers": [{"start", "price"}]}`. Source: github.com/pydantic/genai-prices, 2026-11.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exporter.errors import ConfigError, Problem

Usd = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class Tier(BaseModel):
    """The price above `start` input tokens."""

    start: int
    price: Usd


class Tiered(BaseModel):
    """A price that depends on how long the prompt is."""

    base: Usd
    tiers: list[Tier] = []


class Clause(BaseModel):
    """Which model names a line is about: what is given must hold, in lower case."""

    model_config = ConfigDict(extra="forbid")

    equals: str | None = None
    starts_with: str | None = None
    ends_with: str | None = None
    contains: str | None = None
    regex: re.Pattern[str] | None = None
    any_of: list[Clause] | None = Field(default=None, alias="or")
    all_of: list[Clause] | None = Field(default=None, alias="and")

    def takes(self, model: str) -> bool:
        """Whether a model's name, in lower case, is meant."""
        return (
            (self.equals is None or model == self.equals)
            and (self.starts_with is None or model.startswith(self.starts_with))
            and (self.ends_with is None or model.endswith(self.ends_with))
            and (self.contains is None or self.contains in model)
            and (self.regex is None or self.regex.search(model) is not None)
            and (self.any_of is None or any(clause.takes(model) for clause in self.any_of))
            and (self.all_of is None or all(clause.takes(model) for clause in self.all_of))
        )


class OwnModel(BaseModel):
    """A line of the table.

    Attributes:
        since: `from` in the file; the price holds from the beginning of that day, UTC.
    """

    provider: str
    model: str
    prices_usd_per_million_tokens: dict[str, Usd | Tiered]
    match: Clause | None = None
    since: date | None = Field(default=None, alias="from")

    def names(self, provider: str, model: str) -> bool:
        """Whether this line is about that model, both in lower case."""
        if provider != self.provider.lower():
            return False
        return model == self.model.lower() or (self.match is not None and self.match.takes(model))


class _Table(BaseModel):
    models: list[OwnModel]


def read_table(path: Path) -> tuple[OwnModel, ...]:
    """The table in a file.

    Raises:
        ConfigError: with every problem of the file.
    """
    try:
        return tuple(_Table.model_validate_json(path.read_bytes()).models)
    except OSError as error:
        problems = [Problem(str(path), f"cannot be read: {(error.strerror or '').lower()}")]
    except ValidationError as error:
        places = (".".join(map(str, found["loc"])) for found in error.errors())
        problems = [
            Problem(f"{path}: {place}", found["msg"])
            for place, found in zip(places, error.errors(), strict=True)
        ]
    raise ConfigError(problems)
