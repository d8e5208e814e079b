"""Facts with their names, as a list."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.front_page.html import Html, element


def facts(named: Iterable[tuple[str, Html]]) -> Html:
    """Each name beside its fact."""
    pairs = [element("div", element("dt", name), element("dd", value)) for name, value in named]
    return element("dl", *pairs)
