"""Elements of HTML and SVG; whatever is not an element already is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_VOID = {"input", "link", "meta"}


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: str | None, **attributes: object) -> Html:
    """One element of elements and texts; a child that is None is left out, and so is an attribute of None or False.

    `class_` is the attribute class, `aria_label` is aria-label.
    """
    words = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{words}>")
    return Html(f"<{name}{words}>{together(children)}</{name}>")


def together(parts: Iterable[str | None]) -> Html:
    """Parts after each other."""
    return Html(
        "".join(part if isinstance(part, Html) else escape(part) for part in parts if part is not None)
    )


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
