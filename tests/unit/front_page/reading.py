"""Reads a page as a machine does."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """A page that was got.

    Attributes:
        figures: the exact value of each figure by its name; empty for a dash.
        texts: everything that can be read.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.figures: dict[str, str] = {}
        self.texts: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "data":
            self.figures[given["data-figure"] or ""] = given["value"] or ""

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
