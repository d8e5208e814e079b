"""What notifications say: our words, and those of a configuration in their place; plain text only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from exporter.errors import Problem
from exporter.field_types import Section
from exporter.vocabulary import NotificationType

LONGEST_TITLE = 255


class Template(NamedTuple):
    """A type, and templates of a title and a message.

    Attributes:
        values: what may stand in braces.
    """

    type: NotificationType
    title: str
    message: str
    values: tuple[str, ...]


_PAYMENT = ("amount", "currency")
_BUDGET = ("channel", "month", "used_percent", "spent_usd", "limit_usd")
_ALERT = ("alertname", "description")
_SPENT = "{spent_usd} of {limit_usd} USD of the budget for {channel} are spent in {month}."

TEMPLATES: Mapping[str, Template] = {
    "low_credits": Template(
        NotificationType.WARNING,
        "Low Credits",
        "Your credit balance is low ({credits_remaining} credits remaining).",
        ("credits_remaining",),
    ),
    "payment_succeeded": Template(
        NotificationType.SUCCESS,
        "Payment Successful",
        "Your payment of {amount} {currency} succeeded.",
        _PAYMENT,
    ),
    "payment_failed": Template(
        NotificationType.ERROR, "Payment Failed", "Your payment of {amount} {currency} failed.", _PAYMENT
    ),
    "payment_refunded": Template(
        NotificationType.INFO,
        "Refund Processed",
        "Your refund of {amount} {currency} was processed.",
        _PAYMENT,
    ),
    "budget_used": Template(NotificationType.WARNING, "Budget {used_percent} % Used", _SPENT, _BUDGET),
    "budget_spent": Template(NotificationType.ERROR, "Budget Spent", _SPENT, _BUDGET),
    "template_rejected": Template(
        NotificationType.ERROR,
        "Template Rejected",
        "WhatsApp rejected the template {template}.",
        ("template",),
    ),
    "endpoint_failing": Template(
        NotificationType.ERROR,
        "Webhook Paused",
        "The webhook endpoint {endpoint} failed for days and is paused. Mend it, then resume it.",
        ("endpoint",),
    ),
    "endpoint_gone": Template(
        NotificationType.ERROR,
        "Webhook Paused",
        "The webhook endpoint {endpoint} answered that it is gone and is paused. Remove it, or resume it.",
        ("endpoint",),
    ),
    "alert_page": Template(NotificationType.ERROR, "{alertname}", "{description}", _ALERT),
    "alert_ticket": Template(NotificationType.WARNING, "{alertname}", "{description}", _ALERT),
    "alert_resolved": Template(NotificationType.SUCCESS, "Resolved: {alertname}", "{description}", _ALERT),
}


def _one_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be one line of characters that print")
    return value


_Line = AfterValidator(_one_line)


class TextConfig(Section):
    """Words of yours in place of ours; what is left out stays."""

    title: Annotated[str, Field(max_length=LONGEST_TITLE), _Line] | None = Field(
        default=None, description="The title, or null for ours."
    )
    message: Annotated[str, Field(max_length=1_000), _Line] | None = Field(
        default=None, description="The message, or null for ours."
    )


def template(texts: Mapping[str, TextConfig], name: str) -> Template:
    """What is said in the words of a configuration, or in ours."""
    ours, yours = TEMPLATES[name], texts.get(name) or TextConfig()
    return ours._replace(title=yours.title or ours.title, message=yours.message or ours.message)


def text_problems(texts: Mapping[str, TextConfig]) -> Iterator[Problem]:
    """Names that we never tell by, and braces that nothing would fill."""
    for name, text in texts.items():
        path = f"notifications.texts.{name}"
        if name not in TEMPLATES:
            yield Problem(path, f"is no text of ours; must be one of {', '.join(TEMPLATES)}")
            continue
        values = TEMPLATES[name].values
        for part, said in (("title", text.title), ("message", text.message)):
            if said is not None and not _can_be_filled(said, values):
                allowed = ", ".join(f"{{{value}}}" for value in values)
                yield Problem(f"{path}.{part}", f"may hold only {allowed}; a brace that is meant is doubled")


def _can_be_filled(said: str, values: tuple[str, ...]) -> bool:
    try:
        parts = list(Formatter().parse(said))
    except ValueError:
        return False
    return all(
        name is None or (name in values and not form and conversion is None)
        for _, name, form, conversion in parts
    )
