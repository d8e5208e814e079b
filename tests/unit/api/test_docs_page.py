"""The page about the API: all of it, readable, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from exporter.api.docs_page import CONTENT_SECURITY_POLICY, docs_page
from tests.unit.api.test_openapi import ALL, DOCUMENT

PAGE = docs_page(DOCUMENT)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.targets: list[str] = []
        self.text = ""
        self.feed(PAGE)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "img", "link", "iframe"}
        for name, value in attrs:
            assert name not in {"src", "style"}
            assert not name.startswith("on")
            if name == "id":
                self.names.append(value or "")
            elif name == "href":
                self.targets.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_endpoint_and_every_field_is_on_the_page() -> None:
    text = Links().text
    for one in ALL:
        assert f"{one.method} {one.path}" in text
        assert one.summary in text
    for schema in DOCUMENT["components"]["schemas"].values():
        for field, about in schema.get("properties", {}).items():
            assert field in text
            assert about["description"] in text


def test_every_link_leads_to_a_place_on_the_page() -> None:
    links = Links()
    assert len(links.names) == len(set(links.names))
    assert {target for target in links.targets if target != "openapi.json"} <= {
        f"#{name}" for name in links.names
    }


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    [style] = re.findall("<style>(.*?)</style>", PAGE)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_text_of_the_document_is_no_html() -> None:
    evil = {
        "info": {"title": "x", "version": "<b>", "description": "<script>alert(1)</script>"},
        "paths": {
            "/<i>": {
                "get": {
                    "operationId": "x",
                    "summary": "<i>",
                    "description": "<i>",
                    "parameters": [],
                    "responses": {},
                }
            }
        },
        "components": {
            "schemas": {"S": {"properties": {"<i>": {"type": "<i>", "description": "<i>", "default": "<i>"}}}}
        },
    }
    page = docs_page(evil)
    assert not any(tag in page for tag in ("<b>", "<i>", "<script"))
