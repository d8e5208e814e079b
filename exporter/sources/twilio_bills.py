"""The keys about what Twilio bills."""

from __future__ import annotations

from pydantic import Field

from exporter.field_types import Origin
from exporter.sources.bill_reading import BillReading


class BillsConfig(BillReading):
    """A regular look at what Twilio bills: usage records, prices of messages, the balance, and our own numbers."""

    enabled: bool = Field(default=False, description="Whether to look; needs account_sid and auth_token.")
    include_subaccounts: bool = Field(
        default=True, description="Whether the usage of subaccounts is part of the bill."
    )
    api_url: Origin = Field(default="https://api.twilio.com", description="Where Twilio's API answers.")
