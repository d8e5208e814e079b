"""What each kind of event does to the metric families; pure, and no event can make it raise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, NamedTuple, TypeVar

from exporter.catalogue import BY_NAME, Family
from exporter.cost_days import CostDays
from exporter.event import (
    Account,
    Charge,
    Conversation,
    Credit,
    Delivery,
    Engagement,
    Entry,
    Event,
    Level,
    Llm,
    Message,
    OneEvent,
    Outcome,
    Payment,
    Tally,
    Usage,
)
from exporter.fold_account import AccountGauges
from exporter.fold_cost import CostFold, has_price
from exporter.fold_message import MessageFold
from exporter.known import TOKEN_TYPES, WEBHOOK_OUTCOMES, Key
from exporter.label import label
from exporter.measure import Amounts, Counters, Gauges, Histograms, amount_of
from exporter.series import Series
from exporter.vocabulary import (
    ConversationState,
    PaymentState,
)

_S = TypeVar("_S", bound=Series)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OVER = frozenset({ConversationState.RESOLVED, ConversationState.ENDED})


class Measures(NamedTuple):
    """What keeps the numbers of each type of family, and of days."""

    counters: Callable[[Family, int], Counters] = Counters
    amounts: Callable[[Family, int], Amounts] = Amounts
    gauges: Callable[[Family, int], Gauges] = Gauges
    histograms: Callable[[Family, int], Histograms] = Histograms
    days: Callable[[], CostDays] = CostDays


_TOTALS = Measures()


class Fold:
    """Every fold family of the catalogue, and one method per kind of event.

    Attributes:
        by_name: the families in the order of the catalogue.
        kinds: the method for each event type.
    """

    def __init__(self, series_limit: int, measures: Measures = _TOTALS) -> None:
        self.by_name: dict[str, Series] = {}
        self._limit = series_limit
        self.messages = MessageFold(
            self._family(measures.counters, "comms_messages_total"),
            self._family(measures.counters, "comms_message_errors_total"),
            self._family(measures.counters, "comms_message_segments_total"),
            self._family(measures.histograms, "comms_message_processing_seconds"),
            self._family(measures.histograms, "comms_message_delivery_seconds"),
            self._family(measures.histograms, "comms_message_response_seconds"),
            self._family(measures.counters, "comms_engagements_total"),
            self._family(measures.counters, "comms_messages_engaged_total"),
            self._family(measures.counters, "comms_template_messages_total"),
            self._family(measures.counters, "comms_clock_skew_total"),
        )
        self.conversations = self._family(measures.counters, "comms_conversations_total")
        self.handoffs = self._family(measures.counters, "comms_handoffs_total")
        self.talk = self._family(measures.histograms, "comms_conversation_duration_seconds")
        self.wait = self._family(measures.histograms, "comms_handoff_wait_seconds")
        self.llm_requests = self._family(measures.counters, "comms_llm_requests_total")
        self.llm_tokens = self._family(measures.counters, "comms_llm_tokens_total")
        self.llm_latency = self._family(measures.histograms, "comms_llm_latency_seconds")
        self.costs = CostFold(
            measures.days(),
            self._family(measures.amounts, "comms_cost_usd_total"),
            self._family(measures.amounts, "comms_cost_bound_usd_total"),
            self._family(measures.amounts, "comms_encoding_waste_usd_total"),
            self._family(measures.counters, "comms_unpriced_units_total"),
        )
        self.payments = self._family(measures.counters, "comms_payments_total")
        self.paid = self._family(measures.amounts, "comms_payment_amount_usd_total")
        self.paid_amount = self._family(measures.amounts, "comms_payment_amount_total")
        self.credits_bought = self._family(measures.counters, "comms_credits_bought_total")
        self.credits_used = self._family(measures.amounts, "comms_credits_used_total")
        self.outcomes = self._family(measures.amounts, "comms_outcome_usd_total")
        self.webhooks = self._family(measures.counters, "comms_outbound_webhooks_total")
        self.webhook_time = self._family(measures.histograms, "comms_outbound_webhook_seconds")
        self.account_events = self._family(measures.counters, "comms_account_events_total")
        self.account_gauges = AccountGauges(
            self._family(measures.gauges, "comms_whatsapp_template_state"),
            self._family(measures.gauges, "comms_whatsapp_quality"),
            self._family(measures.gauges, "comms_whatsapp_messaging_limit"),
        )
        self.rate_limit = self._family(measures.gauges, "comms_rate_limit_used_ratio")
        self.queue_depth = self._family(measures.gauges, "comms_queue_depth")
        self.heartbeat = self._family(measures.gauges, "comms_worker_last_heartbeat_timestamp_seconds")
        self.freshness = self._family(measures.gauges, "comms_data_timestamp_seconds")
        self.kinds: dict[type[Event], Callable[[Any, Entry], None]] = {
            Message: self.message,
            Engagement: self.messages.engagement,
            Llm: self.llm,
            Conversation: self.conversation,
            Payment: self.payment,
            Credit: self.credit,
            Outcome: self.outcome,
            Delivery: self.delivery,
            Account: self.account,
            Level: self.level,
            Charge: self.costs.charge,
            Tally: self.tally,
        }

    def _family(self, series: Callable[[Family, int], _S], name: str) -> _S:
        made = series(BY_NAME[name], self._limit)
        self.by_name[name] = made
        return made

    def message(self, event: Message, entry: Entry) -> None:
        """A step, with its cost where it is the one that is charged."""
        route = (label(event.tenant), event.channel, label(event.provider))
        self.messages.step(event, entry, route)
        if entry.charged:
            self.costs.message(event, entry, route)

    def llm(self, event: Llm, entry: Entry) -> None:
        """A call with its tokens, time and cost."""
        tenant, provider = label(event.tenant), label(event.provider)
        model = (tenant, provider, label(event.model))
        self.llm_requests.add((*model, event.status), entry.weight)
        for token_type, tokens in zip(TOKEN_TYPES, _tokens(event.usage), strict=True):
            self.llm_tokens.add((*model, token_type), tokens)
        if event.latency_seconds is not None:
            self.llm_latency.observe(model, event.latency_seconds)
        self.costs.llm(event, entry, (tenant, "llm", provider))

    def conversation(self, event: Conversation, entry: Entry) -> None:
        """A state reached; how long it lasted when it is over, the wait when a person is asked for."""
        tenant = label(event.tenant)
        self.conversations.add((tenant, event.state), entry.weight)
        if event.state in _OVER and event.seconds is not None:
            self.talk.observe((tenant,), event.seconds)
        if event.state is ConversationState.HANDED_OFF:
            self.handoffs.add((tenant, event.trigger), entry.weight)
            if event.wait_seconds is not None:
                self.wait.observe((tenant,), event.wait_seconds)

    def payment(self, event: Payment, entry: Entry) -> None:
        """A payment; its amount in its currency and in dollars where known, its credits when it succeeded."""
        tenant = label(event.tenant)
        self.payments.add((tenant, event.state), entry.weight)
        amount = amount_of(event.amount)
        if amount is not None:
            self.paid_amount.add((tenant, event.state, label(event.currency.upper())), amount)
        in_usd = event.amount if event.currency == "USD" else None
        amount_usd = amount_of(in_usd if event.amount_usd is None else event.amount_usd)
        if amount_usd is not None:
            self.paid.add((tenant, event.state), amount_usd)
        if event.credits is not None and event.state is PaymentState.SUCCEEDED:
            self.credits_bought.add((tenant,), event.credits)

    def credit(self, event: Credit, entry: Entry) -> None:
        """Credits used or bought; balances are the ledger's."""
        used = amount_of(event.used)
        if used is not None:
            self.credits_used.add((label(event.tenant),), used)
        if event.bought is not None:
            self.credits_bought.add((label(event.tenant),), event.bought)

    def outcome(self, event: Outcome, entry: Entry) -> None:
        """Money gained or lost, two counters that only grow."""
        if event.amount_usd is None:
            return
        amount_usd = amount_of(event.amount_usd.copy_abs())
        if amount_usd is not None:
            direction = "loss" if event.amount_usd < 0 else "gain"
            self.outcomes.add((label(event.tenant), label(event.action), direction), amount_usd)

    def delivery(self, event: Delivery, entry: Entry) -> None:
        """An attempt to call a customer's webhook."""
        key = (label(event.endpoint), _webhook_outcome(event.status_code))
        self.webhooks.add(key, entry.weight)
        if event.seconds is not None:
            self.webhook_time.observe(key, event.seconds)

    def account(self, event: Account, entry: Entry) -> None:
        """Word from a provider about the account, dated as a reading is."""
        state = label(event.state or "")
        self.account_events.add((label(event.tenant), label(event.provider), label(event.field), state))
        self.account_gauges.read(event, to_us(min(event.at, entry.received_at)))

    def level(self, event: Level, entry: Entry) -> None:
        """A reading, as of its arrival when dated later: a wrong clock must not hold it for good."""
        at_us = to_us(min(event.at, entry.received_at))
        if event.name == "rate_limit" and event.used is not None and event.limit:
            _read(self.rate_limit, (label(event.provider), label(event.api)), event.used / event.limit, at_us)
        elif event.name == "queue_depth" and event.value is not None:
            _read(self.queue_depth, (label(event.queue),), event.value, at_us)
        elif event.name == "heartbeat":
            _read(self.heartbeat, (label(event.worker),), at_us / 1e6, at_us)

    def tally(self, event: Tally, entry: Entry) -> None:
        """Many events as one: each family counts them, and takes their durations as they were spread."""
        self.kinds[type(event.event)](event.event, counted(event, entry))
        for field, spread in event.durations.items():
            timed = self._timed(event.event).get(field)
            if timed is not None:
                histograms, key = timed
                histograms.add_spread(key, spread)

    def _timed(self, event: OneEvent) -> dict[str, tuple[Histograms, Key]]:
        """The durations that an event of this kind and state may state, and where each is observed."""
        match event:
            case Message():
                route = (label(event.tenant), event.channel, label(event.provider))
                return {
                    "processing_seconds": (self.messages.processing, route),
                    "response_seconds": (self.messages.response, route),
                }
            case Llm():
                model = (label(event.tenant), label(event.provider), label(event.model))
                return {"latency_seconds": (self.llm_latency, model)}
            case Delivery():
                endpoint = (label(event.endpoint), _webhook_outcome(event.status_code))
                return {"seconds": (self.webhook_time, endpoint)}
            case Conversation() if event.state in _OVER:
                return {"seconds": (self.talk, (label(event.tenant),))}
            case Conversation() if event.state is ConversationState.HANDED_OFF:
                return {"wait_seconds": (self.wait, (label(event.tenant),))}
        return {}

    def fresh(self, source: str, at: datetime) -> None:
        """The newest event seen of a source."""
        at_us = to_us(at)
        _read(self.freshness, (label(source),), at_us / 1e6, at_us)


def counted(event: Tally, entry: Entry) -> Entry:
    """The entry of what its events have in common, with their number as its weight.

    As the ledger decides it of single steps, one that brings no price is not the one that is charged.
    """
    return entry._replace(event=event.event, weight=event.count, charged=has_price(event.event))


def to_us(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def _read(gauges: Gauges, key: Key, value: float, at_us: int) -> None:
    if isfinite(value):
        gauges.read(key, value, at_us)


def _tokens(usage: Usage) -> tuple[int, ...]:
    """Counts by TOKEN_TYPES; what a provider reports twice counts once, so that they add up to its totals."""
    cached, written, heard = usage.cached_input_tokens, usage.cache_write_tokens, usage.input_audio_tokens
    return (
        *_apart(usage.input_tokens, cached, written, heard),
        *_apart(usage.output_tokens, usage.reasoning_tokens, usage.output_audio_tokens),
    )


def _apart(total: int, *parts: int) -> tuple[int, ...]:
    """What is left of a total, then its parts, each as far as the total reaches."""
    left = total
    taken: list[int] = []
    for part in parts:
        taken.append(min(part, left))
        left -= taken[-1]
    return left, *taken


def _webhook_outcome(status_code: int | None) -> str:
    """By the class of the code; a 1xx is no answer yet."""
    if status_code is None or status_code < 200:
        return "no_answer"
    return WEBHOOK_OUTCOMES[min(status_code // 100, 5) - 2]
