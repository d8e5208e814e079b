"""The keys about the bills of providers that send us nothing, or nothing about money."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, model_validator

from exporter.event import DEFAULT_TENANT
from exporter.field_types import GraphVersion, LabelName, Origin, Secret, Section, Text, given_by
from exporter.sources.bill_reading import BillReading

_is_account_id = re.compile(r"[0-9]{1,32}").fullmatch


class ProviderBill(BillReading):
    """A regular look at one bill.

    Attributes:
        tenant: the reports name accounts of ours, never those whom we serve.
    """

    tenant: LabelName = Field(default=DEFAULT_TENANT, description="The tenant that is billed.")


class WhatsAppBill(ProviderBill):
    """What Meta charges for WhatsApp messages, by its pricing analytics."""

    business_account_id: Text | None = given_by(
        "WHATSAPP_BUSINESS_ACCOUNT_ID", "The WhatsApp Business Account whose charges these are."
    )
    access_token: Secret | None = given_by(
        "WHATSAPP_ACCESS_TOKEN", "A system user's token that may use whatsapp_business_management."
    )
    graph_version: GraphVersion = Field(default="v25.0", description="Version of the Graph API to ask.")
    api_url: Origin = Field(
        default="https://graph.facebook.com", description="Where Meta's Graph API answers."
    )

    @model_validator(mode="after")
    def _can_ask(self) -> Self:
        if self.enabled and not (_is_account_id(self.business_account_id or "") and self.access_token):
            raise ValueError("enabled needs business_account_id, digits only, and access_token")
        return self


class OrganizationBill(ProviderBill):
    """What an organization is charged for language models."""

    admin_key: Secret | None
    api_url: Origin

    @model_validator(mode="after")
    def _can_ask(self) -> Self:
        if self.enabled and not self.admin_key:
            raise ValueError("enabled needs admin_key")
        return self


class OpenAiBill(OrganizationBill):
    """What OpenAI charges an organization, by its Costs API."""

    admin_key: Secret | None = given_by("OPENAI_ADMIN_KEY", "An admin key of the organization.")
    api_url: Origin = Field(default="https://api.openai.com", description="Where OpenAI's API answers.")


class AnthropicBill(OrganizationBill):
    """What Anthropic charges an organization, by its cost report."""

    admin_key: Secret | None = given_by("ANTHROPIC_ADMIN_KEY", "An admin key of the organization.")
    api_url: Origin = Field(default="https://api.anthropic.com", description="Where Anthropic's API answers.")


class ProviderBillsConfig(Section):
    """Bills to compare with; Twilio's is at sources.twilio.bills."""

    whatsapp: WhatsAppBill = Field(default=WhatsAppBill(), description=WhatsAppBill.__doc__)
    openai: OpenAiBill = Field(default=OpenAiBill(), description=OpenAiBill.__doc__)
    anthropic: AnthropicBill = Field(default=AnthropicBill(), description=AnthropicBill.__doc__)
