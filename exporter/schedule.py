"""The scheduled work of one exporter: what runs, how often, and whether on the leader only."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from time import monotonic, time
from typing import NamedTuple

from exporter.billing.balance import ReadBalance
from exporter.billing.bill_gauges import BillGauges
from exporter.billing.bill_sources import bills
from exporter.billing.message_prices import MessagePrices
from exporter.billing.own_numbers import ReadOwnNumbers
from exporter.billing.price_lists import LOOK_S, PriceListFetch
from exporter.billing.read_bill import ReadBill
from exporter.billing.sms_cards import SmsCards
from exporter.config import Config
from exporter.front_page.pace import SAMPLE_S, Pace
from exporter.jobs import Jobs
from exporter.ledger.ledger import Ledger
from exporter.notifications.notifier import Notifier
from exporter.outbound.sender import WebhookSender
from exporter.paging.pager import Pager
from exporter.pricing.llm import LlmPrices
from exporter.reconcile.twilio_messages import TwilioMessages
from exporter.rule_inputs import publish_rule_inputs
from exporter.scans.published import Published
from exporter.scans.scan import Scan
from exporter.selfmetrics import SelfMetrics
from exporter.sources.twilio import TwilioConfig
from exporter.spend.daily_spend import Account
from exporter.spend.find_savings import find_savings
from exporter.spend.gauges import publish_savings, refresh_spend
from exporter.spend.month import Month
from exporter.totals import Totals
from exporter.vocabulary import NotificationChannel

_WATCH_S = 2.0
_REFRESH_S = 10.0
_PAGE_S = 2.0
_KEEP_S = 3_600.0
_ROLL_UP_S = 5.0
_NOTIFY_S = 5.0
_SPEND_S = 60.0
_SAVINGS_S = 21_600.0
_COMPARE_S = 60.0
_INPUTS_S = 60.0
_ERASE_S = 10.0
_TELL_S = 1.0


class Work(NamedTuple):
    """What the work is about; what may be replaced while running is a function."""

    config: Callable[[], Config]
    ledger: Ledger
    metrics: SelfMetrics
    totals: Callable[[], Totals]
    cards: SmsCards
    pager: Pager
    sender: WebhookSender
    llm_prices: Callable[[], LlmPrices]
    routes: Callable[[], list[tuple[str, str]]]
    senders: list[str]
    watch: Callable[[], Awaitable[None]]
    months: Callable[[Mapping[Account, Month]], None]
    pace: Pace


def schedule(work: Work) -> Jobs:
    """Everything that the configuration turns on, not yet begun."""
    jobs = Jobs(work.metrics, lambda: work.ledger.leads)
    _keep(jobs, work)
    _notify(jobs, work)
    _page(jobs, work)
    _spend(jobs, work)
    _scans(jobs, work)
    _ask_twilio(jobs, work)
    _read_bills(jobs, work)
    return jobs


def _keep(jobs: Jobs, work: Work) -> None:
    ledger = work.ledger
    jobs.every(_WATCH_S, "watch_config", work.watch, leader_only=False)
    jobs.every(_REFRESH_S, "refresh_state", partial(ledger.refresh, work.senders), leader_only=False)
    jobs.every(_KEEP_S, "keep_retention", ledger.keep, leader_only=True)
    jobs.every(_ROLL_UP_S, "roll_up", ledger.roll_up, leader_only=True)
    checkpoint_s = work.config().ledger.checkpoint_interval_s
    jobs.every(checkpoint_s, "write_checkpoint", ledger.write_checkpoint, leader_only=True)
    jobs.every(_ERASE_S, "erase_people", ledger.erasures.run_all, leader_only=True)

    async def look_at_rule_inputs() -> None:
        publish_rule_inputs(work.metrics, work.totals(), work.config(), work.routes())

    async def sample_pace() -> None:
        work.pace.sample(monotonic(), work.totals().seq)

    jobs.every(SAMPLE_S, "sample_pace", sample_pace, leader_only=False)
    # Not before the others have had a run, else what they bring would be called absent.
    jobs.every(_INPUTS_S, "look_at_rule_inputs", look_at_rule_inputs, leader_only=False, first_s=_INPUTS_S)


def _page(jobs: Jobs, work: Work) -> None:
    jobs.every(_PAGE_S, "escalate_pages", work.pager.run, leader_only=True)
    jobs.every(_TELL_S, "send_webhooks", work.sender.run, leader_only=True)
    jobs.every(_REFRESH_S, "refresh_pages", work.pager.refresh, leader_only=False)


def _notify(jobs: Jobs, work: Work) -> None:
    notifier = Notifier(work.config, work.ledger, work.totals, work.metrics)
    jobs.every(_NOTIFY_S, "find_notifications", notifier.find, leader_only=True)
    jobs.every(_SPEND_S, "tell_of_budgets", notifier.tell_of_budgets, leader_only=True)
    # Apart, so that a slow mail server keeps nothing from being shown in-app, and no SMS.
    for channel in (NotificationChannel.EMAIL, NotificationChannel.SMS):
        deliver = partial(notifier.deliver, channel)
        jobs.every(_NOTIFY_S, f"deliver_notifications_{channel.value}", deliver, leader_only=True)


def _spend(jobs: Jobs, work: Work) -> None:
    async def refresh() -> None:
        days = work.totals().cost_days()
        work.months(await refresh_spend(work.metrics, work.config(), days, datetime.now(UTC)))

    async def savings() -> None:
        found = await find_savings(work.ledger.dsn, work.llm_prices(), datetime.now(UTC))
        publish_savings(work.metrics, work.config().tenants, found)

    jobs.every(_SPEND_S, "refresh_spend", refresh, leader_only=False)
    jobs.every(_SAVINGS_S, "find_savings", savings, leader_only=False)


def _scans(jobs: Jobs, work: Work) -> None:
    published = Published(work.metrics)
    turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    for scan in work.config().scans:
        url = scan.database_url.get_secret_value() if scan.database_url else work.ledger.dsn
        run = Scan(scan, url, work.ledger, work.metrics, published, turns[url]).run
        if scan.cron is None:
            jobs.every(scan.interval_s, f"scan_{scan.name}", run, leader_only=True)
        else:
            jobs.at(scan.cron, f"scan_{scan.name}", run, leader_only=True)

    async def expire() -> None:
        published.expire(time(), leads=work.ledger.leads)

    jobs.every(_REFRESH_S, "expire_scanned_gauges", expire, leader_only=False)


def _ask_twilio(jobs: Jobs, work: Work) -> None:
    def twilio() -> TwilioConfig:
        return work.config().sources.twilio

    if twilio().reconcile.enabled:
        sweep = TwilioMessages(twilio, work.ledger, work.metrics)
        jobs.every(twilio().reconcile.interval_s, "reconcile_twilio", sweep.run, leader_only=True)
    if twilio().prices.enabled:
        fetch = PriceListFetch(twilio, work.ledger, work.cards)
        jobs.every(LOOK_S, "fetch_price_lists", fetch.run, leader_only=True)
    if twilio().bills.enabled:
        interval_s, ledger = twilio().bills.interval_s, work.ledger
        prices = MessagePrices(twilio, ledger, price=ledger.price)
        jobs.every(interval_s, "read_twilio_prices", prices.run, leader_only=True)
        jobs.every(interval_s, "read_twilio_balance", ReadBalance(twilio, ledger).run, leader_only=True)
        jobs.every(interval_s, "read_twilio_numbers", ReadOwnNumbers(twilio, ledger).run, leader_only=True)


def _read_bills(jobs: Jobs, work: Work) -> None:
    read = bills(work.config)
    for bill in read:
        reader = ReadBill(bill.source, work.ledger)
        jobs.every(bill.reading.interval_s, bill.work, reader.run, leader_only=True)
    if read:
        gauges = BillGauges(
            lambda: [bill.source() for bill in read],
            work.ledger,
            work.metrics,
            lambda: work.totals().cost_days(),
        )
        jobs.every(_COMPARE_S, "compare_with_bills", gauges.run, leader_only=False)
