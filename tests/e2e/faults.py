"""What goes wrong in what an exporter watches, for each alert that pages, and how that is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from tests.e2e.fault_tales import tell_of_account
from tests.e2e.outages import (
    connections_used_up,
    exporter_forgotten,
    exporter_killed,
    ledger_frozen,
    lock_taken,
    page_unanswered,
    receivers_refuse,
    twilio_down,
)
from tests.e2e.scene import Fault, Scene
from tests.integration.billed import bill_page, record

_BILLED_DAYS = 7


@asynccontextmanager
async def told_by_events(scene: Scene) -> AsyncIterator[None]:
    """Senders tell of it all the time."""
    yield


@asynccontextmanager
async def template_paused(scene: Scene) -> AsyncIterator[None]:
    await tell_of_account(scene.traffic, "derived.template_status.PAUSED.NONE")
    yield


@asynccontextmanager
async def number_flagged(scene: Scene) -> AsyncIterator[None]:
    await tell_of_account(scene.traffic, "derived.phone_quality.FLAGGED.2")
    yield


@asynccontextmanager
async def account_restricted(scene: Scene) -> AsyncIterator[None]:
    """The first news of its kind counts as such only where an exporter ran an hour before, shrunk to two minutes."""
    for age in ("40s", "80s", "125s"):
        await scene.watch.until_given(f'up{{job="comms-exporter"}} offset {age} == 1')
    await tell_of_account(scene.traffic, "pywa.account_update.account_restriction")
    yield


@asynccontextmanager
async def scanned_table_dropped(scene: Scene) -> AsyncIterator[None]:
    await scene.watch.until_given("comms_scan_last_success_timestamp_seconds > 0")
    await scene.in_ledger("DROP TABLE sms_usage_logs")
    yield


@asynccontextmanager
async def money_runs_out(scene: Scene) -> AsyncIterator[None]:
    """Twilio's recorded balance is half of what a day of this bill costs."""
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=age) for age in range(_BILLED_DAYS + 1)]
    scene.twilio.bill = [bill_page(*(record("totalprice", "0.10", day) for day in days))]
    await scene.watch.until_given("comms_balance_runway_seconds")
    yield


PHASES: tuple[dict[str, Fault], ...] = (
    {
        "MessageErrorRatioHigh": told_by_events,
        "DeliveryRatioLow": told_by_events,
        "NoDeliveryReceipts": told_by_events,
        "MessageErrorBudgetFastBurn": told_by_events,
        "ResponseTimeP95High": told_by_events,
        "EmailComplaintRatioCritical": told_by_events,
        "CostSpike": told_by_events,
        "LlmErrorRatioHigh": told_by_events,
        "RateLimitExhausted": told_by_events,
        "WorkerHeartbeatStale": told_by_events,
        "WebhookSignatureFailures": told_by_events,
        "WhatsAppTemplateStopped": template_paused,
        "WhatsAppQualityRed": number_flagged,
        "WhatsAppAccountRestricted": account_restricted,
        "ScanStale": scanned_table_dropped,
        "BalanceRunwayShort": money_runs_out,
    },
    {"PageNotDelivered": page_unanswered, "NotificationsFailing": receivers_refuse},
    {"PagingBroken": twilio_down},
    {"NoLeader": lock_taken},
    {"FollowerLagging": connections_used_up},
    {"LedgerDown": ledger_frozen},
    {"IngestErrorRatioHigh": ledger_frozen},
    {"ExporterDown": exporter_killed},
    {"ExporterAbsent": exporter_forgotten},
)
"""What is broken at the same time, and what after it. Senders tell of their faults only at first."""

FAULTS = {alert: fault for phase in PHASES for alert, fault in phase.items()}
NOT_LIVE: dict[str, str] = {}
"""Alerts that no fault can provoke within minutes, and why; they are proven with the tests of rules only."""
