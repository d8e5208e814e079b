"""The numbers that alert rules compare with, at four levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field, WithJsonSchema

from exporter.field_types import Days, EventFloor, LabelName, LimitUsd, PositiveS, Ratio, Section, SpikeFactor
from exporter.vocabulary import Channel

if TYPE_CHECKING:
    from exporter.config.model import Config

ChannelName = Annotated[
    str, WithJsonSchema({"type": "string", "enum": [channel.value for channel in Channel]})
]


class Thresholds(Section):
    """The thresholds of one level; null lets the level above decide."""

    error_ratio: Ratio | None = Field(
        default=None, description="Largest share of messages that may fail, 0 to 1."
    )
    delivery_ratio: Ratio | None = Field(
        default=None, description="Smallest share of messages that must be delivered, 0 to 1."
    )
    response_p95_seconds: PositiveS | None = Field(
        default=None, description="Seconds within which 95 of 100 answers must come; a bucket edge."
    )
    response_p99_seconds: PositiveS | None = Field(
        default=None, description="Seconds within which 99 of 100 answers must come; a bucket edge."
    )
    final_status_seconds: PositiveS | None = Field(
        default=None, description="Seconds after which a message without a final status is overdue."
    )
    min_events: EventFloor | None = Field(
        default=None, description="Messages in a rule's window below which its ratios say nothing."
    )
    complaint_ratio: Ratio | None = Field(
        default=None, description="Largest share of delivered mails that may be reported as spam, 0 to 1."
    )


class TenantThresholds(Thresholds):
    """The thresholds of one tenant."""

    channels: dict[ChannelName, Thresholds] = Field(
        default={}, description="Thresholds of one channel of this tenant."
    )


class SlaConfig(Thresholds):
    """Thresholds for all, for a channel, for a tenant, and for a channel of a tenant; those of FOR_ALL only for all."""

    error_ratio: Ratio = Field(default=0.05, description="Largest share of messages that may fail, 0 to 1.")
    delivery_ratio: Ratio = Field(
        default=0.95, description="Smallest share of messages that must be delivered, 0 to 1."
    )
    response_p95_seconds: PositiveS = Field(
        default=3, description="Seconds within which 95 of 100 answers must come; a bucket edge."
    )
    response_p99_seconds: PositiveS = Field(
        default=10, description="Seconds within which 99 of 100 answers must come; a bucket edge."
    )
    final_status_seconds: PositiveS = Field(
        default=900, description="Seconds after which a message without a final status is overdue."
    )
    min_events: EventFloor = Field(
        default=20, description="Messages in a rule's window below which its ratios say nothing."
    )
    complaint_ratio: Ratio = Field(
        default=0.001, description="Largest share of delivered mails that may be reported as spam, 0 to 1."
    )
    budget_ratio: Ratio = Field(
        default=0.9, description="Share of a month's budget from which on it is nearly spent, 0 to 1."
    )
    bill_drift_ratio: Ratio = Field(
        default=0.01, description="Largest share by which our cost and a provider's bill may differ, 0 to 1."
    )
    runway_days: Days = Field(default=3, description="Days that a balance at a provider must last at least.")
    rate_limit_ratio: Ratio = Field(
        default=0.8,
        description="Share of a provider's rate limit from which on it is nearly used up, 0 to 1.",
    )
    handoff_ratio: Ratio = Field(
        default=0.3, description="Largest share of conversations that may go to a person, 0 to 1."
    )
    resolution_ratio: Ratio = Field(
        default=0.6, description="Smallest share of conversations that must be resolved, 0 to 1."
    )
    conversation_llm_usd: LimitUsd = Field(
        default=0.25, description="US dollars that language models may cost a conversation at most."
    )
    llm_error_ratio: Ratio = Field(
        default=0.1, description="Largest share of calls to a language model that may fail, 0 to 1."
    )
    llm_p95_seconds: PositiveS = Field(
        default=10, description="Seconds within which 95 of 100 calls to a language model must be answered."
    )
    heartbeat_seconds: PositiveS = Field(
        default=120, description="Seconds after which a worker without a sign of life is stale."
    )
    queue_depth: EventFloor = Field(
        default=1_000, description="Items that may wait in a queue for ten minutes."
    )
    cost_spike_factor: SpikeFactor = Field(
        default=3, description="How many times the hourly mean of a week a tenant's hour may cost."
    )
    payment_failure_ratio: Ratio = Field(
        default=0.2, description="Largest share of an hour's payments that may fail, 0 to 1."
    )
    channels: dict[ChannelName, Thresholds] = Field(
        default={}, description="Thresholds of one channel, for every tenant."
    )
    tenants: dict[LabelName, TenantThresholds] = Field(
        default={}, description="Thresholds of one tenant, and of its channels."
    )


FOR_ALL = (
    "budget_ratio",
    "bill_drift_ratio",
    "runway_days",
    "rate_limit_ratio",
    "handoff_ratio",
    "resolution_ratio",
    "conversation_llm_usd",
    "llm_error_ratio",
    "llm_p95_seconds",
    "heartbeat_seconds",
    "queue_depth",
    "cost_spike_factor",
    "payment_failure_ratio",
)
"""Thresholds that have no levels: what they are about is no tenant's channel with messages."""


class Level(NamedTuple):
    """Thresholds as written at one place; empty tenant and channel mean every one."""

    path: str
    tenant: str
    channel: str
    thresholds: Thresholds


class Threshold(NamedTuple):
    """One series of comms_sla_threshold."""

    rule: str
    tenant: str
    channel: str
    value: float


def levels(sla: SlaConfig) -> Iterator[Level]:
    """Every place that may hold thresholds, from the defaults to a channel of a tenant."""
    yield Level("sla", "", "", sla)
    for channel, thresholds in sla.channels.items():
        yield Level(f"sla.channels.{channel}", "", channel, thresholds)
    for tenant, of_tenant in sla.tenants.items():
        yield Level(f"sla.tenants.{tenant}", tenant, "", of_tenant)
        for channel, thresholds in of_tenant.channels.items():
            yield Level(f"sla.tenants.{tenant}.channels.{channel}", tenant, channel, thresholds)


def thresholds(config: Config) -> tuple[Threshold, ...]:
    """Every threshold as written, level by level; the rules decide which one wins."""
    of_levels = (
        Threshold(rule, level.tenant, level.channel, value)
        for level in levels(config.sla)
        for rule in Thresholds.model_fields
        if (value := getattr(level.thresholds, rule)) is not None
    )
    for_all = (Threshold(rule, "", "", getattr(config.sla, rule)) for rule in FOR_ALL)
    return (*for_all, *of_levels)
