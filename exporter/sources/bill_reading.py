"""The keys that every regular look at a bill has."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from exporter.field_types import Days, LabelName, PositiveS, Section


class BillReading(Section):
    """How often and how far back to look at a bill."""

    enabled: bool = Field(default=False, description="Whether to look.")
    interval_s: PositiveS = Field(default=21_600, description="Seconds between looks.")
    window_days: Annotated[Days, Field(le=30)] = Field(default=7, description="Days that a look goes back.")
    lag_days: Annotated[Days, Field(le=30)] = Field(
        default=2, description="Days after which the bill of a day is complete."
    )
    account_alias: LabelName = Field(default="default", description="The account's name in metrics.")

    @model_validator(mode="after")
    def _sees_complete_days(self) -> Self:
        if self.lag_days >= self.window_days:
            raise ValueError("window_days must be more than lag_days")
        return self
