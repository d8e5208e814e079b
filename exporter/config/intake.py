"""What the exporter takes in: senders, log lines and database scans."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from exporter.config.field_types import (
    Constant,
    DatabaseUrl,
    LabelName,
    PositiveS,
    Secret,
    Section,
    Table,
    Text,
    Wanted,
)


class TwilioConfig(Section):
    """Twilio: status callbacks and inbound messages."""

    account_sid: Text | None = Field(default=None, description="The account whose traffic this is.")
    auth_token: Secret | None = Field(
        default=None, description="The secret that Twilio signs with; two separated by a comma while rotated."
    )
    tenants: dict[str, LabelName] = Field(
        default={}, description="Tenant by account, messaging service or sender; others are `default`."
    )


class WhatsAppConfig(Section):
    """WhatsApp Cloud: messages and statuses."""

    app_secret: Secret | None = Field(
        default=None, description="The secret that Meta signs with; two separated by a comma while rotated."
    )
    verify_token: Secret | None = Field(
        default=None, description="The word that Meta repeats when the webhook is registered."
    )
    tenants: dict[str, LabelName] = Field(
        default={}, description="Tenant by phone-number id or business account id; others are `default`."
    )


class TrackConfig(Section):
    """The application's own events and logs."""

    token: Secret | None = Field(
        default=None,
        description="Bearer token of POST /events and /logs; without it both are open to all who reach it.",
    )


class SourcesConfig(Section):
    """The senders."""

    twilio: TwilioConfig = Field(default=TwilioConfig(), description="Twilio's webhooks.")
    whatsapp: WhatsAppConfig = Field(default=WhatsAppConfig(), description="WhatsApp Cloud's webhooks.")
    track: TrackConfig = Field(default=TrackConfig(), description="The application's own events and logs.")


class LogRule(Section):
    """How a log line becomes an event."""

    name: LabelName = Field(description="The rule's own name, unique.")
    match: dict[Text, Wanted] = Field(
        description="Value that each path in the line must have; a list means any of them."
    )
    kind: Literal[
        "message", "engagement", "llm", "conversation", "payment", "credit", "outcome", "delivery", "level"
    ] = Field(description="The kind of event that the line becomes.")
    set: dict[Text, Constant] = Field(default={}, description="Event fields with a constant value.")
    fields: dict[Text, Text] = Field(
        default={}, description="Event fields and the path of each in the line; `a.b` walks down."
    )
    scale: dict[Text, Annotated[float, Field(gt=0)]] = Field(
        default={}, description="Event fields and the factor to multiply by, such as 0.001 for milliseconds."
    )


class ScanConfig(Section):
    """A database scan."""

    name: LabelName = Field(description="The scan's own name, unique; the label of its metrics.")
    profile: Literal["sms_usage_logs"] = Field(description="The known schema that the table follows.")
    database_url: DatabaseUrl | None = Field(
        default=None, description="PostgreSQL to read, or null for the ledger's own."
    )
    table: Table | None = Field(default=None, description="Table to read, or null for the profile's own.")
    tenant: LabelName = Field(default="default", description="Tenant of every row.")
    provider: LabelName = Field(default="twilio", description="Provider of every row.")
    interval_s: PositiveS = Field(default=30, description="Seconds between runs.")
    timeout_s: PositiveS = Field(default=10, description="Seconds after which a run is given up.")
    batch_rows: Annotated[int, Field(ge=100, le=100_000)] = Field(
        default=5_000, description="Rows read at a time."
    )
    gap_patience_s: PositiveS = Field(
        default=3_600, description="Seconds to wait for a missing id, which may commit late."
    )
