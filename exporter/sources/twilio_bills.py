"""The keys about what Twilio bills."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from exporter.field_types import Days, LabelName, Origin, PositiveS, Section


class BillsConfig(Section):
    """A regular look at what Twilio bills: usage records, prices of messages and the balance."""

    enabled: bool = Field(default=False, description="Whether to look; needs account_sid and auth_token.")
    interval_s: PositiveS = Field(default=21_600, description="Seconds between looks.")
    window_days: Annotated[Days, Field(le=30)] = Field(default=7, description="Days that a look goes back.")
    lag_days: Annotated[Days, Field(le=30)] = Field(
        default=2, description="Days after which the bill of a day is complete."
    )
    account_alias: LabelName = Field(default="default", description="The account's name in metrics.")
    include_subaccounts: bool = Field(
        default=True, description="Whether the usage of subaccounts is part of the bill."
    )
    api_url: Origin = Field(default="https://api.twilio.com", description="Where Twilio's API answers.")

    @model_validator(mode="after")
    def _sees_complete_days(self) -> Self:
        if self.lag_days >= self.window_days:
            raise ValueError("window_days must be more than lag_days")
        return self
