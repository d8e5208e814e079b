"""Event, the one value everything becomes: one class a kind."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, get_args

from msgspec import Meta, Struct

from exporter.vocabulary import (
    Actor,
    Channel,
    Component,
    ConversationState,
    Direction,
    Encoding,
    ErrorClass,
    LlmStatus,
    PaymentState,
    Status,
    Trigger,
)

DEFAULT_TENANT = "default"

Name = Annotated[str, Meta(min_length=1, max_length=128)]
Id = Annotated[str, Meta(min_length=1, max_length=512)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=31_622_400)]
Moment = Annotated[datetime, Meta(tz=True)]


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What happened, once.

    Attributes:
        at: the provider's own time, aware; the ledger adds when we received it.
        event_id: the sender's name for this event; empty when it has none.
        user, outlet, conversation_id: kept in the ledger, never in a label.
    """

    at: Moment
    tenant: Name = DEFAULT_TENANT
    event_id: Annotated[str, Meta(max_length=512)] = ""
    user: Id | None = None
    outlet: Id | None = None
    conversation_id: Id | None = None


class CostPart(Struct, frozen=True):
    """What a part of a cost is for, in a word of exporter.vocabulary.Component, and how much it is."""

    component: Name
    amount_usd: Decimal


class Costed(Event, frozen=True, kw_only=True):
    """An event that costs money.

    Attributes:
        cost_usd: what the sender of this event says it cost; then the rest is left empty.
        costs: the parts of what it costs by our price lists; none of a free one.
        card: the price list by which it was priced, with its date; None where it was not.
        low_usd, high_usd: the range in which the cost lies where what decides between prices is unknown.
        unpriced: why the event, or a part of it, has no price, in a word of exporter.pricing.cost.NoPrice.
    """

    cost_usd: Decimal | None = None
    costs: tuple[CostPart, ...] = ()
    card: str | None = None
    low_usd: Decimal | None = None
    high_usd: Decimal | None = None
    unpriced: str | None = None


NEVER_STATED = ("costs", "card", "low_usd", "high_usd", "unpriced")
"""Fields that exporter.pricing.pricer fills; what a sender writes there is dropped."""


class Message(Costed, frozen=True, kw_only=True, tag="message"):
    """One step in the life of a message.

    Attributes:
        message_id: the provider's id; without it the step is counted but has no ladder.
        error_code: as the provider writes it; `error_class` is what it means.
        processing_seconds: the app's own time to handle the message.
        response_seconds: from the customer's message to the answer; where `sent` does not state it, the ledger
            finds it by `peer` or `conversation_id`.
        avoidable_segments: how many of the segments Smart Encoding would save.
        pricing_type, category: WhatsApp's own words for how it charges.
        at_arrival: `at` is only when we heard of it; the sender gave no time.
        own_country, number_type: of our own number, by which SMS are priced; the type in Twilio's words.
        own_number: our own number, E.164 where it is one, else the provider's id of it; kept in the ledger, by which
            numbers that no message uses are found.
        peer: the customer's address, by which an answer finds its question; kept in the ledger, never in a label.
    """

    channel: Channel
    provider: Name
    direction: Direction
    status: Status
    message_id: Id | None = None
    error_code: Annotated[str, Meta(max_length=64)] | None = None
    error_class: ErrorClass = ErrorClass.NONE
    country: Annotated[str, Meta(max_length=2)] | None = None
    segments: Annotated[int, Meta(ge=0, le=1000)] | None = None
    avoidable_segments: Annotated[int, Meta(ge=0, le=1000)] | None = None
    encoding: Encoding = Encoding.UNKNOWN
    length: Count | None = None
    media: Count | None = None
    template: Name | None = None
    category: Name | None = None
    pricing_type: Name | None = None
    own_country: Annotated[str, Meta(max_length=2)] | None = None
    number_type: Name | None = None
    own_number: Id | None = None
    sender: Name | None = None
    peer: Id | None = None
    at_arrival: bool = False
    message_type: Name | None = None
    processing_seconds: Seconds | None = None
    response_seconds: Seconds | None = None


class Engagement(Event, frozen=True, kw_only=True, tag="engagement"):
    """Somebody, or something, opened, clicked, replied or did what the message asked.

    With a message id, the first `open`, `click` and `reply` of each actor counts once more as a message engaged with.
    """

    action: Name
    actor: Actor = Actor.HUMAN
    channel: Channel = Channel.OTHER
    message_id: Id | None = None


class Usage(Struct, frozen=True, omit_defaults=True):
    """Tokens of one LLM call; the totals of input and output include all kinds that stand apart below.

    `cache_write_1h_tokens`, which cost more, are among `cache_write_tokens`. Audio that was cached counts as cached:
    `cached_audio_tokens` are among `cached_input_tokens`, and not among `input_audio_tokens`.
    """

    input_tokens: Count = 0
    output_tokens: Count = 0
    cached_input_tokens: Count = 0
    cache_write_tokens: Count = 0
    cache_write_1h_tokens: Count = 0
    reasoning_tokens: Count = 0
    input_audio_tokens: Count = 0
    cached_audio_tokens: Count = 0
    output_audio_tokens: Count = 0


class Llm(Costed, frozen=True, kw_only=True, tag="llm"):
    """One call to a language model.

    Attributes:
        service_tier: in the provider's word for how it processed the call, such as `batch`, which decides the price.
    """

    provider: Name
    model: Name
    usage: Usage = Usage()
    operation: Name = "chat"
    service_tier: Name | None = None
    status: LlmStatus = LlmStatus.OK
    latency_seconds: Seconds | None = None


class Charge(Event, frozen=True, kw_only=True, tag="charge"):
    """Money that a provider states, beside what we estimated of the same messages or calls.

    Attributes:
        basis: `provider` is the price of single messages or calls, `billed` what a bill or usage report adds up to.
        component: what it is for.
        category: the provider's own word for it.
        account: whose bill it is on.
    """

    provider: Name
    channel: Channel
    basis: Literal["provider", "billed"]
    component: Component
    amount_usd: Decimal
    category: Annotated[str, Meta(max_length=128)] = ""
    account: Annotated[str, Meta(max_length=128)] = ""
    message_id: Id | None = None


class Conversation(Event, frozen=True, kw_only=True, tag="conversation"):
    """A change in the life of a conversation.

    Attributes:
        seconds: how long it lasted, with `resolved` and `ended`.
        wait_seconds: how long the customer waited for a person, with `handed_off`.
    """

    state: ConversationState
    trigger: Trigger = Trigger.OTHER
    seconds: Seconds | None = None
    wait_seconds: Seconds | None = None


class Payment(Event, frozen=True, kw_only=True, tag="payment"):
    """Money from a customer; `amount` in units of `currency`, never in cents."""

    state: PaymentState
    amount: Decimal | None = None
    currency: Annotated[str, Meta(min_length=3, max_length=3)] = "USD"
    amount_usd: Decimal | None = None
    credits: Count | None = None
    payment_id: Id | None = None


class Credit(Event, frozen=True, kw_only=True, tag="credit"):
    """Prepaid credit: what is left, or what was used or bought."""

    balance: Decimal | None = None
    used: Decimal | None = None
    bought: Count | None = None


class Outcome(Event, frozen=True, kw_only=True, tag="outcome"):
    """What a message was good for: money gained (positive) or lost (negative)."""

    action: Name
    amount_usd: Decimal | None = None


class Delivery(Event, frozen=True, kw_only=True, tag="delivery"):
    """An attempt to call a customer's webhook; no `status_code` means no answer."""

    endpoint: Name
    attempt: Count = 1
    status_code: Annotated[int, Meta(ge=100, le=599)] | None = None
    seconds: Seconds | None = None


class Account(Event, frozen=True, kw_only=True, tag="account"):
    """Something a provider says about the account, a template or a number rather than a message.

    Attributes:
        field: what kind of news, in the provider's own word.
        subject: the template, or our own number or account, that it is about; fit for a label.
        state: the state or quality it has now.
        value: a limit it states, as a number; infinite is left out and stands in `state`.
    """

    provider: Name
    field: Name
    subject: Id | None = None
    state: Name | None = None
    value: Annotated[float, Meta(ge=0)] | None = None


class Level(Event, frozen=True, kw_only=True, tag="level"):
    """A reading an app reports: `rate_limit` (used, limit), `queue_depth` (value) or `heartbeat`."""

    name: Name
    provider: Name = "app"
    api: Name = "default"
    queue: Name = "default"
    worker: Name = "default"
    used: Annotated[float, Meta(ge=0)] | None = None
    limit: Annotated[float, Meta(gt=0)] | None = None
    value: float | None = None


OneEvent = (
    Message
    | Engagement
    | Llm
    | Conversation
    | Payment
    | Credit
    | Outcome
    | Delivery
    | Account
    | Level
    | Charge
)
KINDS = tuple(str(kind.__struct_config__.tag) for kind in get_args(OneEvent))


class Spread(Struct, frozen=True):
    """Many durations: their sum, and how many lie up to an edge and above the one before it.

    Attributes:
        sum_us: in whole microseconds, each rounded before it was added.
        counts: pairs of an edge in seconds and a count; those above every edge have the edge None.
    """

    sum_us: Annotated[int, Meta(ge=0)]
    counts: tuple[tuple[float | None, Count], ...]


class Tally(Event, frozen=True, kw_only=True, tag="tally"):
    """Events of one hour that a scan counted where they are stored; they differ only in what is summed here.

    Attributes:
        at: of the newest of them.
        event: what they have in common; its amounts of money and its tokens are sums, its segments those of each.
        count: how many they are.
        durations: by field of the event.
    """

    event: OneEvent
    count: Annotated[int, Meta(ge=1, le=1_000_000_000_000)]
    durations: dict[str, Spread] = {}


AnyEvent = OneEvent | Tally


class Submission(NamedTuple):
    """An event as a source hands it to the ledger.

    Attributes:
        source: who sent it; with tenant and key it is unique.
        key: what makes a repeat recognisable, or None where nothing does. A message step with an id needs
            none: the pair (message, status) is its own key.
        raw: the event's bytes as they came.
        across_tenants: the key is one of all tenants, not only of the event's.
    """

    source: str
    event: AnyEvent
    raw: bytes
    key: str | None = None
    across_tenants: bool = False


class Entry(NamedTuple):
    """An event as the ledger gives it back, in commit order, with what the ledger knew of its message by then.

    Attributes:
        seq: its place in the ledger.
        late: a status below one already seen of the same message.
        delivery_seconds: sent to delivered, on whichever of the two came last; negative where clocks disagree.
        response_seconds: the customer's message to the answer, on whichever of the two was matched last.
        channel: of an engagement, the channel of its message; of a customer's message with `response_seconds`, that
            of the answer.
        engaged: bits of ENGAGED_BIT that count for the message from this event on.
        template: what `template_steps` count for.
        template_steps: bits of BIT and ENGAGED_BIT that count for the template from this event on.
        charged: whether what this event costs counts; of a message only one price does.
        told_again: a step that was counted before; only what its sender knows besides is new.
        weight: how many events it stands for; above one while a Tally is folded.
    """

    seq: int
    source: str
    event: AnyEvent
    received_at: datetime
    late: bool = False
    delivery_seconds: float | None = None
    response_seconds: float | None = None
    channel: str | None = None
    engaged: int = 0
    template: str | None = None
    template_steps: int = 0
    charged: bool = True
    told_again: bool = False
    weight: int = 1
