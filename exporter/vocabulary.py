"""The closed vocabularies of events: the member is the label value, and an unknown word becomes `other`."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class _WithOther(StrEnum):
    """Takes an unknown word for its member OTHER."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls["OTHER"]


class Channel(_WithOther):
    """How a message travels; an unknown word becomes `other`."""

    SMS = "sms"
    MMS = "mms"
    WHATSAPP = "whatsapp"
    RCS = "rcs"
    MESSENGER = "messenger"
    EMAIL = "email"
    VOICE = "voice"
    PUSH = "push"
    IN_APP = "in_app"
    LLM = "llm"
    OTHER = "other"


class Direction(StrEnum):
    """Who spoke: the customer (inbound) or the company (outbound)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Status(_WithOther):
    """Every state a provider reports of a message; an unknown word becomes `other`.

    Source: MessageStatus of Twilio's Message resource, statuses[].status of WhatsApp Cloud, and the delivery events
    of mail providers (2026-11): their `processed`, `accepted` and `Send` are `sent`, bounces are `undelivered`, what
    they drop unsent is `failed`.
    """

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    PARTIALLY_DELIVERED = "partially_delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    RECEIVING = "receiving"
    RECEIVED = "received"
    OTHER = "other"
    DEFERRED = "deferred"


_LADDER: tuple[tuple[Status, ...], ...] = (
    (Status.OTHER,),
    (Status.ACCEPTED, Status.SCHEDULED, Status.RECEIVING),
    (Status.QUEUED,),
    (Status.SENDING,),
    (Status.SENT,),
    (Status.PARTIALLY_DELIVERED, Status.DEFERRED),
    (Status.UNDELIVERED, Status.FAILED, Status.CANCELED),
    (Status.DELIVERED, Status.RECEIVED),
    (Status.READ,),
    (Status.PLAYED,),
)
RANK = {status: rank for rank, rung in enumerate(_LADDER) for status in rung}
"""The rung of each status; a message's state is the highest rung seen."""
FINAL_RANK = RANK[Status.UNDELIVERED]
"""From this rung on a message is no longer pending."""
BIT = {status: 1 << position for position, status in enumerate(Status)}
"""One bit a status, for the set of statuses seen of a message. Append to Status, never insert."""


class ErrorClass(_WithOther):
    """Why a message failed, in words that every provider's codes map to."""

    NONE = "none"
    INVALID_NUMBER = "invalid_number"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    OPTED_OUT = "opted_out"
    FILTERED = "filtered"
    UNREGISTERED = "unregistered"
    RATE_LIMITED = "rate_limited"
    OUTSIDE_WINDOW = "outside_window"
    CONTENT = "content"
    MEDIA = "media"
    TEMPLATE = "template"
    ACCOUNT = "account"
    AUTH = "auth"
    PERMISSION = "permission"
    FRAUD = "fraud"
    EXPIRED = "expired"
    TIMEOUT = "timeout"
    PROVIDER = "provider"
    UNKNOWN = "unknown"
    OTHER = "other"


class Encoding(StrEnum):
    """The alphabet of an SMS."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> Encoding:
        return cls.UNKNOWN


class Actor(StrEnum):
    """Who opened or clicked: a person, or a proxy or scanner."""

    HUMAN = "human"
    MACHINE = "machine"


ENGAGED_BIT = {
    ("open", Actor.HUMAN): 1 << 24,
    ("open", Actor.MACHINE): 1 << 25,
    ("click", Actor.HUMAN): 1 << 26,
    ("click", Actor.MACHINE): 1 << 27,
    ("reply", Actor.HUMAN): 1 << 28,
    ("reply", Actor.MACHINE): 1 << 29,
}
"""One bit an action and actor that are remembered of a message, above all bits of BIT."""


class LlmStatus(_WithOther):
    """How an LLM call ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    OTHER = "other"


class ConversationState(StrEnum):
    """The life of a conversation."""

    STARTED = "started"
    ACTIVE = "active"
    RESOLVED = "resolved"
    HANDED_OFF = "handed_off"
    ENDED = "ended"


class Trigger(_WithOther):
    """What made a machine hand a conversation to a person."""

    KEYWORD = "keyword"
    CONFIDENCE = "confidence"
    REQUEST = "request"
    TIMEOUT = "timeout"
    OTHER = "other"


class Component(_WithOther):
    """What a part of a cost is for; the value is the label of comms_cost_usd_total."""

    MESSAGE = "message"
    CARRIER_FEE = "carrier_fee"
    PLATFORM_FEE = "platform_fee"
    FAILURE_FEE = "failure_fee"
    LLM_INPUT = "llm_input"
    LLM_CACHED_INPUT = "llm_cached_input"
    LLM_CACHE_WRITE = "llm_cache_write"
    LLM_INPUT_AUDIO = "llm_input_audio"
    LLM_OUTPUT = "llm_output"
    LLM_REASONING = "llm_reasoning"
    LLM_OUTPUT_AUDIO = "llm_output_audio"
    LLM = "llm"
    OTHER = "other"


class PaymentState(StrEnum):
    """How a payment stands."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class NotificationType(StrEnum):
    """How serious a notification is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    SUCCESS = "success"


class NotificationChannel(StrEnum):
    """How a notification travels; every one is in-app."""

    IN_APP = "in_app"
    EMAIL = "email"
    WEBHOOK = "webhook"
    SMS = "sms"


class NotificationOutcome(StrEnum):
    """What became of handing a notification to a channel: a retry follows, the receiver refused it, or we gave up."""

    SUCCESS = "success"
    RETRY = "retry"
    REFUSED = "refused"
    FAILURE = "failure"
