"""Which format a reader gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.exposition import OPENMETRICS_TYPE, TEXT_TYPE, negotiate

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_TEXT_FIRST = (
    "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.4"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        (PROMETHEUS_2, True),
        (PROMETHEUS_3, True),
        (PROMETHEUS_3_TEXT_FIRST, False),
        (BROWSER, False),
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("application/openmetrics-text", True),
        ('Application/OpenMetrics-Text; Version="1.0.0"', True),
        ("application/openmetrics-text; version=0.0.1", False),
        ("application/openmetrics-text; version=2.0.0", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=nonsense", False),
        ("application/openmetrics-text;q=nan", False),
        ("application/openmetrics-text;q=0.2, */*", False),
        ("application/openmetrics-text, text/plain", True),
        ("application/vnd.google.protobuf", False),
    ],
)
def test_the_format_is_the_best_the_reader_takes(accept: str, openmetrics: bool) -> None:
    assert negotiate(accept, "").openmetrics is openmetrics


@pytest.mark.parametrize(
    ("accept_encoding", "compressed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.5, identity", False),
        ("gzip, identity;q=0.5", True),
    ],
)
def test_the_page_is_compressed_for_readers_that_prefer_it(accept_encoding: str, compressed: bool) -> None:
    assert negotiate("", accept_encoding).gzip is compressed


def test_the_content_types_are_those_prometheus_knows() -> None:
    assert negotiate(PROMETHEUS_2, "").content_type == OPENMETRICS_TYPE
    assert OPENMETRICS_TYPE == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert negotiate("", "").content_type == TEXT_TYPE
    assert TEXT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


@given(st.text(), st.text())
def test_no_header_can_make_it_raise(accept: str, accept_encoding: str) -> None:
    assert negotiate(accept, accept_encoding).content_type in {TEXT_TYPE, OPENMETRICS_TYPE}
