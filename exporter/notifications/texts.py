"""What notifications say: a few templates, plain text only."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import NamedTuple

import orjson

from exporter.vocabulary import NotificationType

_LONGEST_VALUE = 200
_LONGEST_TITLE = 255


class Text(NamedTuple):
    """A type, and templates of a title and a message."""

    type: NotificationType
    title: str
    message: str


TEXTS = {
    "low_credits": Text(
        NotificationType.WARNING,
        "Low Credits",
        "Your credit balance is low ({credits_remaining} credits remaining).",
    ),
    "payment_succeeded": Text(
        NotificationType.SUCCESS, "Payment Successful", "Your payment of {amount} {currency} succeeded."
    ),
    "payment_failed": Text(
        NotificationType.ERROR, "Payment Failed", "Your payment of {amount} {currency} failed."
    ),
    "payment_refunded": Text(
        NotificationType.INFO, "Refund Processed", "Your refund of {amount} {currency} was processed."
    ),
    "budget_used": Text(
        NotificationType.WARNING,
        "Budget {used_percent} % Used",
        "{spent_usd} of {limit_usd} USD of the budget for {channel} are spent in {month}.",
    ),
    "budget_spent": Text(
        NotificationType.ERROR,
        "Budget Spent",
        "{spent_usd} of {limit_usd} USD of the budget for {channel} are spent in {month}.",
    ),
    "template_rejected": Text(
        NotificationType.ERROR, "Template Rejected", "WhatsApp rejected the template {template}."
    ),
    "endpoint_failing": Text(
        NotificationType.ERROR,
        "Webhook Paused",
        "The webhook endpoint {endpoint} failed for days and is paused. Mend it, then resume it.",
    ),
    "endpoint_gone": Text(
        NotificationType.ERROR,
        "Webhook Paused",
        "The webhook endpoint {endpoint} answered that it is gone and is paused. Remove it, or resume it.",
    ),
    "alert_page": Text(NotificationType.ERROR, "{alertname}", "{description}"),
    "alert_ticket": Text(NotificationType.WARNING, "{alertname}", "{description}"),
    "alert_resolved": Text(NotificationType.SUCCESS, "Resolved: {alertname}", "{description}"),
}


def filled(name: str, data: dict[str, object], *, longest: int = _LONGEST_VALUE) -> Text:
    """A template with its values, which are never read as templates themselves, nor make a second line."""
    text = TEXTS[name]
    values = {key: plain(_shown(value), longest) for key, value in data.items()}
    return Text(text.type, text.title.format_map(values)[:_LONGEST_TITLE], text.message.format_map(values))


def plain(value: str, longest: int = _LONGEST_VALUE) -> str:
    """One line without characters that do not print."""
    shown = "".join(letter if letter.isprintable() else " " for letter in value[: 4 * longest])
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def data_of(values: dict[str, object]) -> str:
    """JSON with all digits of decimals; what is None is left out."""
    known = {key: value for key, value in values.items() if value is not None}
    return orjson.dumps(known, default=_exact).decode()


def read_data(text: str) -> dict[str, object]:
    """That JSON, with its digits."""
    data: dict[str, object] = json.loads(text, parse_float=Decimal)
    return data


def _shown(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _exact(value: object) -> object:
    if not isinstance(value, Decimal):
        raise TypeError
    return orjson.Fragment(format(value, "f").encode())
