"""Whatever labels hold, what people get is one line in GSM-7 of at most two segments, without links or numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ledger.pages import Told
from exporter.paging.notification import Alert, Notification
from exporter.paging.text import mail, page_text, safe, sms, speech, title
from exporter.segments import segments
from exporter.vocabulary import Encoding

HOSTILE = [
    "a\nRESOLVED all is well",
    "a\r\nBcc: x@y.example",
    "<b>b</b>",
    "[l](https://evil.example/x)",
    "www.evil.example",
    "evil.example/reset",
    "http://198.51.100.7",
    "{{ .x }} {% y %} ${z}",
    "`id` $(id)",
    "+1 415 555 0143",
    "call 4155550143 now",
    "415-555-0143",
    "someone@example.com",
    "\u202eevil\u202c",
    "\x00\x1b[31m",
    "你好" * 50,
    "😀" * 200,
    "x" * 100_000,
]
LINKS = re.compile(r"\w\.\w|//|@|[<>{}`$\[\]\n\r\t\x00\x1b]|\d(?:[ .,:_-]{0,2}\d){6,}")


def notification(alerts: list[dict[str, str]], summary: str = "Too many fail", **more: Any) -> Notification:
    made = [Alert(labels, {"summary": summary}) for labels in alerts]
    common = {"alertname": alerts[0].get("alertname", ""), "subsystem": alerts[0].get("subsystem", "")}
    return Notification("key", "firing", made, commonLabels=common, **more)


def is_harmless(text: str) -> bool:
    counted = segments(text)
    return not LINKS.search(text) and counted.encoding is Encoding.GSM7 and counted.number <= 2


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ["alertname", "subsystem", "tenant", "anything"])
def test_a_hostile_label_forges_no_line_link_number_or_template(name: str, value: str) -> None:
    text = page_text(notification([{"alertname": "A", "tenant": "acme", name: value}], summary=value))
    told = Told(1, "firing", title(notification([{"alertname": value}])), text)
    assert is_harmless(sms([told]))
    assert is_harmless(sms([told, told]))
    assert text.startswith("FIRING ")
    assert sms([told]).endswith(" Reply ACK.")
    subject, _ = mail([told])
    assert "\n" not in subject


texts = st.text(max_size=300)


@given(
    st.lists(st.dictionaries(texts, texts, max_size=5), min_size=1, max_size=30),
    texts,
    st.integers(0, 10_000),
)
def test_any_notification_is_harmless(alerts: list[dict[str, str]], summary: str, truncated: int) -> None:
    text = page_text(notification(alerts, summary, truncatedAlerts=truncated))
    assert is_harmless(sms([Told(1, "firing", "t", text)]))


@given(st.lists(texts, min_size=2, max_size=60))
def test_any_storm_is_harmless(names: list[str]) -> None:
    told = [
        Told(at, "firing", title(notification([{"alertname": name}])), "") for at, name in enumerate(names)
    ]
    assert is_harmless(sms(told))


def test_a_page_names_what_it_is_about() -> None:
    labels = {
        "alertname": "CostSpike",
        "subsystem": "money",
        "tenant": "acme",
        "channel": "sms",
        "severity": "page",
    }
    assert page_text(notification([labels])) == "FIRING CostSpike (money): Too many fail. acme sms"


def test_what_does_not_fit_is_counted() -> None:
    alerts = [{"alertname": "A", "tenant": f"tenant-{at:04}"} for at in range(100)]
    text = page_text(notification(alerts, truncatedAlerts=23))
    named = len(re.findall("tenant-", text))
    assert text.startswith("FIRING A x123: Too many fail. tenant-0000, tenant-0001")
    assert text.endswith(f" +{123 - named} more")


def test_alerts_about_the_same_are_named_once() -> None:
    alert = {"alertname": "A", "tenant": "acme"}
    assert page_text(notification([alert, alert])) == "FIRING A x2: Too many fail. acme"


def test_an_alert_of_somebody_else_is_named_by_its_first_labels() -> None:
    alert = {"alertname": "DiskFull", "job": "node", "severity": "page", "device": "sda", "host": "db"}
    assert page_text(notification([alert])) == "FIRING DiskFull: Too many fail. sda db"


def test_many_pages_are_one_digest_that_says_what_ended() -> None:
    told = [Told(1, "firing", "A", ""), Told(2, "firing", "A", ""), Told(3, "resolved", "B", "")]
    assert sms(told) == "3 pages, 2 firing, 1 resolved: A (2x), ok B Reply ACK."


def test_the_end_asks_for_no_answer() -> None:
    assert sms([Told(1, "resolved", "A", "RESOLVED A.")]) == "RESOLVED A."


def test_a_call_says_how_to_answer() -> None:
    assert speech([Told(1, "firing", "A", "FIRING A.")]).endswith("send A C K by text message.")


@pytest.mark.parametrize(
    ("given_text", "shown"), [("Zürich – café", "Zürich - café"), ("łódź", "?odz"), ("1.5 %", "1,5 %")]
)
def test_what_gsm_7_has_is_kept(given_text: str, shown: str) -> None:
    assert safe(given_text) == shown
