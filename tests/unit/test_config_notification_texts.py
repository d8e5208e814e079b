"""Words of a configuration in place of ours: whatever could not be said is refused when it is loaded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from exporter import config
from exporter.config.notification_texts import TEMPLATES, template, text_problems
from exporter.errors import ConfigError
from exporter.notifications.texts import filled

ROOT = Path(__file__).parents[2]


def parsed(**texts: dict[str, Any]) -> Any:
    return config.parse({"notifications": {"texts": texts}}).notifications.texts


def refusal(**texts: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(**texts)
    return str(caught.value)


def test_what_is_left_out_stays_ours() -> None:
    texts = parsed(low_credits={"title": "Running out"})
    said = filled(texts, "low_credits", {"credits_remaining": 5})
    assert said.title == "Running out"
    assert said.message == "Your credit balance is low (5 credits remaining)."
    assert (
        filled(texts, "budget_spent", dict.fromkeys(TEMPLATES["budget_spent"].values, 1)).title
        == "Budget Spent"
    )


def test_values_stand_where_the_braces_are_and_doubled_braces_are_braces() -> None:
    texts = parsed(payment_failed={"message": "{{!}} {currency} {amount} {amount}"})
    said = filled(texts, "payment_failed", {"amount": "{currency}", "currency": "EUR"})
    assert said.message == "{!} EUR {currency} {currency}"


@pytest.mark.parametrize(
    "message",
    [
        "{credits}",
        "{}",
        "{0}",
        "{",
        "}",
        "{credits_remaining!r}",
        "{credits_remaining:>900000000}",
        "{credits_remaining:{credits_remaining}}",
        "{credits_remaining.__class__}",
        "{credits_remaining[0]}",
    ],
)
def test_braces_that_nothing_would_fill_are_refused_by_the_name_of_the_key(message: str) -> None:
    problem = refusal(low_credits={"message": message})
    assert "notifications.texts.low_credits.message: may hold only {credits_remaining}" in problem


@pytest.mark.parametrize("title", ["", " ", "two\nlines", "\x1b[31m", "x" * 256])
def test_a_title_is_one_short_line(title: str) -> None:
    assert "notifications.texts.low_credits.title" in refusal(low_credits={"title": title})


def test_a_name_that_nothing_is_told_by_is_refused() -> None:
    problem = refusal(low_credit={"title": "Running out"})
    assert "notifications.texts.low_credit: is no text of ours; must be one of low_credits" in problem


@pytest.mark.parametrize("name", TEMPLATES)
def test_our_own_words_are_what_a_configuration_could_say(name: str) -> None:
    ours = template({}, name)
    assert list(text_problems(parsed(**{name: {"title": ours.title, "message": ours.message}}))) == []


def test_the_document_says_what_each_text_may_hold() -> None:
    page = (ROOT / "docs" / "notifications.md").read_text().partition("## Words")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    said = {
        name: tuple(re.findall(r"{(\w+)}", held))
        for names, held in rows
        for name in re.findall(r"`(\w+)`", names)
    }
    assert said == {name: ours.values for name, ours in TEMPLATES.items()}
