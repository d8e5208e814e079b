"""Price lists, as the operator names them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from exporter.field_types import LabelName, Market, Route, Section, Text, Usd


class PricingConfig(Section):
    """What messages and calls cost. Prices hold from the moment they are loaded: the past is never priced again."""

    llm_prices: Text | None = Field(
        default=None, description="File with your own prices of language models; they win over genai-prices."
    )
    twilio_prices: Text | None = Field(
        default=None, description="Folder with answers of Twilio's Pricing API, a country a file."
    )
    whatsapp_rates: Text | None = Field(
        default=None,
        description="Rate card of WhatsApp: CSV with the columns from, country, category, rate_usd.",
    )
    whatsapp_volumes: dict[Market, Annotated[int, Field(ge=0)]] = Field(
        default={},
        description="Messages a month by country/category, as Meta counts them; they decide the tier of a rate card.",
    )
    whatsapp_flat_usd: Usd | None = Field(
        default=None,
        description="One price for every delivered WhatsApp message, where there is no rate card.",
    )
    email_usd: dict[LabelName, Usd] = Field(
        default={}, description="US dollars for each e-mail sent, by provider."
    )
    message_usd: dict[Route, Usd] = Field(
        default={}, description="US dollars for each message of a channel/provider; wins over price lists."
    )
    smart_encoding: bool = Field(
        default=False, description="Whether Twilio's Smart Encoding is on: what it saves is not counted."
    )
