"""No call of the client raises, whatever it is given and whoever is gone; the log says why, and nothing of anybody."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from exporter.client import Client
from tests.unit.client.calls import CALLS

NOBODY = "http://127.0.0.1:9"


class Hostile:
    """Raises at whatever is done with it."""

    def __str__(self) -> str:
        raise RuntimeError("canary")

    __repr__ = __bool__ = __eq__ = __hash__ = __len__ = __iter__ = __str__  # type: ignore[assignment]


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=5),
    st.binary(max_size=3),
    st.decimals(),
    st.datetimes(),
    st.lists(st.integers(), max_size=2),
    st.builds(Hostile),
    st.just(10**5_000),
    st.just("x" * 100_000),
)


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("track_")])
@given(
    args=st.lists(odd, max_size=5), kwargs=st.dictionaries(st.sampled_from(["tenant", "at", "nonsense"]), odd)
)
@examples(max_examples=60, deadline=None)
def test_no_call_raises_whatever_is_passed(name, args, kwargs):
    client = Client(NOBODY)
    answer = getattr(client, name)(*args, **kwargs)
    assert answer is None or isinstance(answer, str)
    client._outbox.stop()


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("get_")])
@pytest.mark.parametrize("url", [NOBODY, "nonsense", "http://[", "ftp://host", "http://host:port", ""])
def test_a_question_to_nobody_answers_nothing(name, url):
    assert getattr(Client(url, timeout_s=1), name)(1) is None


def test_a_call_that_fails_says_why_once_a_minute_and_nothing_of_anybody(client, caplog):
    for _ in range(3):
        client.track_message_sent(Hostile(), "sms")
        client.track_message_sent("jane@example.com" * 100, "sms")
    assert [record.name for record in caplog.records] == ["exporter.client"] * 2
    assert "user_id: neither text nor a whole number" in caplog.text
    assert "jane" not in caplog.text
    assert "canary" not in caplog.text


def test_a_failing_log_handler_is_the_applications_own_affair(client, monkeypatch):
    def fail(record: logging.LogRecord) -> bool:
        raise RuntimeError("filter")

    logger = logging.getLogger("exporter.client")
    logger.addFilter(fail)
    try:
        assert client.track_message_sent(None, None) is None
    finally:
        logger.removeFilter(fail)


def test_a_closed_client_takes_nothing_and_counts_it(client):
    client.close()
    assert client.track_message_sent(1, "sms") is None
    assert client.dropped == 1
    assert client.close()


def test_a_token_that_no_header_can_hold_is_not_logged(server, caplog):
    with Client(server.url, "canary\nX: y") as client:
        client.track_message_sent(1, "sms")
        assert not client.flush(0.05)
        client._outbox.stop()
    assert "cannot reach the exporter (ValueError)" in caplog.text
    assert "canary" not in caplog.text
