"""Config and its sections about the exporter itself: every key, its limits, its default and its meaning."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from exporter.config.api import ApiConfig
from exporter.config.budget import Budget
from exporter.config.credit import CreditsConfig
from exporter.config.links import LinksConfig
from exporter.config.notifications import NotificationsConfig
from exporter.config.oncall import AlertmanagerConfig, OncallConfig
from exporter.config.pricing import PricingConfig
from exporter.config.provider_bills import ProviderBillsConfig
from exporter.config.scan import ScanConfig
from exporter.config.sla import SlaConfig
from exporter.config.webhooks import WebhooksConfig
from exporter.field_types import (
    DatabaseUrl,
    Days,
    LabelName,
    Listen,
    Origin,
    PositiveS,
    Section,
    Text,
)
from exporter.sources import SourcesConfig
from exporter.sources.log_rule import LogRule


class LedgerConfig(Section):
    """How events are stored."""

    append_timeout_s: PositiveS = Field(
        default=1.5, description="Seconds a request waits for its commit before it is answered 503."
    )
    queue_events: Annotated[int, Field(ge=100, le=1_000_000)] = Field(
        default=20_000, description="Events that may wait to be committed; more are answered 503."
    )
    follow_interval_s: PositiveS = Field(
        default=0.5, description="Seconds between looks for events that other replicas committed."
    )
    checkpoint_interval_s: PositiveS = Field(
        default=10, description="Seconds between writings of the totals to the ledger."
    )
    allow_unsafe_durability: bool = Field(
        default=False, description="Start even where PostgreSQL may lose committed events in a crash."
    )


class RetentionConfig(Section):
    """How long things are kept."""

    events_days: Days = Field(default=90, description="Days that events are kept.")
    messages_days: Days = Field(default=365, description="Days that a message's state is kept.")
    parked_days: Days = Field(default=30, description="Days that parked events are kept.")
    hours_days: Days = Field(default=90, description="Days that sums by hour are kept.")
    notifications_days: Annotated[int, Field(ge=32, le=3650)] = Field(
        default=90,
        description="Days that notifications are kept.",
    )
    days_days: Days = Field(default=366, description="Days that sums by day are kept.")


class LimitsConfig(Section):
    """What one request or one metric may take."""

    body_bytes: Annotated[int, Field(ge=1024, le=67_108_864)] = Field(
        default=3_145_728, description="Largest body of a webhook, in bytes."
    )
    batch_bytes: Annotated[int, Field(ge=1024, le=268_435_456)] = Field(
        default=16_777_216, description="Largest body of POST /events and /logs, in bytes, once unpacked."
    )
    body_seconds: PositiveS = Field(default=15, description="Seconds within which a body must be complete.")
    series_per_metric: Annotated[int, Field(ge=10, le=1_000_000)] = Field(
        default=2_000, description="Series of one metric before new label values fold into `_other`."
    )
    parked_events: Annotated[int, Field(ge=0, le=10_000_000)] = Field(
        default=100_000, description="Events that may be parked; more are counted but not kept."
    )


class Config(Section):
    """Everything an operator may set; only `load` and `parse` make one, so holding it is the proof."""

    listen: Listen = Field(default="127.0.0.1:9847", description="Host and port to serve on.")
    public_url: Origin | None = Field(
        default=None,
        description="The address that providers call and sign, or null to take it from the request.",
    )
    data_dir: Text = Field(default="./data", description="Folder of the embedded PostgreSQL.")
    database_url: DatabaseUrl | None = Field(
        default=None, description="The ledger's PostgreSQL (14 or later), or null for the embedded one."
    )
    tenants: list[LabelName] = Field(
        default=["default"], description="Tenants whose metrics exist at zero from the start."
    )
    ledger: LedgerConfig = Field(default=LedgerConfig(), description="How events are stored.")
    retention: RetentionConfig = Field(default=RetentionConfig(), description="How long things are kept.")
    limits: LimitsConfig = Field(
        default=LimitsConfig(), description="What one request or one metric may take."
    )
    sources: SourcesConfig = Field(default=SourcesConfig(), description="Secrets and tenants of the senders.")
    pricing: PricingConfig = Field(default=PricingConfig(), description="What messages and calls cost.")
    bills: ProviderBillsConfig = Field(
        default=ProviderBillsConfig(), description="Bills of other providers than Twilio."
    )
    logs: list[LogRule] = Field(
        default=[], description="How log lines become events; the first rule that matches a line decides."
    )
    scans: list[ScanConfig] = Field(default=[], description="Database tables to read regularly.")
    budgets: list[Budget] = Field(
        default=[], description="What a tenant may spend in a month, in all or on one channel."
    )
    credits: CreditsConfig = Field(
        default=CreditsConfig(), description="What a prepaid credit is worth, if you sell such."
    )
    sla: SlaConfig = Field(default=SlaConfig(), description="Thresholds that the alert rules compare with.")
    api: ApiConfig = Field(default=ApiConfig(), description="Who may ask the API.")
    notifications: NotificationsConfig = Field(
        default=NotificationsConfig(), description="What users are told, and how."
    )
    webhooks: WebhooksConfig = Field(default=WebhooksConfig(), description=WebhooksConfig.__doc__)
    links: LinksConfig = Field(default=LinksConfig(), description=LinksConfig.__doc__)
    oncall: OncallConfig = Field(default=OncallConfig(), description=OncallConfig.__doc__)
    alertmanager: AlertmanagerConfig = Field(
        default=AlertmanagerConfig(), description=AlertmanagerConfig.__doc__
    )
