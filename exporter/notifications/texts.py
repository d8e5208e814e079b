"""Notifications in words, and what programs read of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import orjson

from exporter.config.notification_texts import LONGEST_TITLE, TextConfig, template
from exporter.vocabulary import NotificationType

_LONGEST_VALUE = 200
Texts: TypeAlias = Mapping[str, TextConfig]
"""Words of the configuration in place of ours, by name."""


class Text(NamedTuple):
    """What a notification says."""

    type: NotificationType
    title: str
    message: str


def filled(texts: Texts, name: str, data: dict[str, object], *, longest: int = _LONGEST_VALUE) -> Text:
    """A template with its values, which are never read as templates themselves, nor make a second line."""
    said = template(texts, name)
    values = {key: plain(_shown(value), longest) for key, value in data.items()}
    return Text(said.type, said.title.format_map(values)[:LONGEST_TITLE], said.message.format_map(values))


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
