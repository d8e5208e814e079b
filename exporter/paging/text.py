"""What people read and hear: one line in GSM-7, whatever the labels of the alerts hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from exporter.label import label
from exporter.ledger.pages import Told
from exporter.paging.notification import Alert, Notification
from exporter.segments import TWO_SEGMENTS_SEPTETS, in_gsm7

HOW_TO_ANSWER = " Reply ACK."

_LONGEST_WORD = 40
_LONGEST_SUMMARY = 120
_TELLING = (
    "tenant",
    "channel",
    "provider",
    "template",
    "sender",
    "api",
    "queue",
    "worker",
    "scan",
    "integration",
)
_LEFT_OUT = frozenset({"alertname", "severity", "subsystem", "job", "team"})
_strange = re.compile(r"[^\w ,:%+.?-]").sub
_number_like = re.compile(r"\d(?:[ .,:_-]{0,2}\d){6,}").sub
_link_like = re.compile(r"\.(?=\S)").sub


def safe(text: str, most: int = _LONGEST_WORD) -> str:
    """A text from outside as one piece of a line: no breaks, markup, links or telephone numbers.

    A telephone makes a link of `a.example` and of a row of digits by itself.
    """
    shown = label(text[:_LONGEST_SUMMARY]) if text.strip() else ""
    shown = _link_like(",", _number_like("#", _strange("", in_gsm7(shown))))
    return " ".join(shown.split())[:most].strip()


def title(notification: Notification) -> str:
    """The name of what is wrong, and how many alerts there are."""
    name = safe(_common(notification, "alertname")) or "Alerts"
    number = len(notification.firing()) + max(notification.truncatedAlerts, 0)
    return f"{name} x{number}" if number > 1 else name


def page_text(notification: Notification) -> str:
    """What a page says, with room left for how to answer; as many of its alerts as fit are named."""
    alerts = notification.firing()
    subsystem = safe(_common(notification, "subsystem"))
    head = " ".join(
        filter(
            None, (notification.status.upper(), title(notification), f"({subsystem})" if subsystem else "")
        )
    )
    summary = safe(_summary(notification), _LONGEST_SUMMARY)
    head = f"{head}: {summary}." if summary else f"{head}."
    subjects = [subject for alert in alerts if (subject := _subject(alert))]
    more = max(notification.truncatedAlerts, 0)
    return _listed(head, list(dict.fromkeys(subjects)), TWO_SEGMENTS_SEPTETS - len(HOW_TO_ANSWER), more)


def sms(pages: Sequence[Told]) -> str:
    """One SMS of at most two segments for one page or for many."""
    answer = HOW_TO_ANSWER if any(page.status == "firing" for page in pages) else ""
    return (pages[0].text if len(pages) == 1 else _digest(pages, TWO_SEGMENTS_SEPTETS - len(answer))) + answer


def speech(pages: Sequence[Told]) -> str:
    """What a call says; who is called answers by SMS, from the number that was called."""
    said = pages[0].text if len(pages) == 1 else _digest(pages, TWO_SEGMENTS_SEPTETS)
    return f"This is the comms exporter. {said} To answer, send A C K by text message."


def mail(pages: Sequence[Told]) -> tuple[str, str]:
    """Subject and text of a mail."""
    subject = pages[0].title if len(pages) == 1 else f"{len(pages)} pages"
    return f"[PAGE] {subject}", "\n\n".join(page.text for page in pages) + "\n"


def _digest(pages: Sequence[Told], room: int) -> str:
    firing = sum(page.status == "firing" for page in pages)
    counts = ", ".join(
        f"{number} {word}"
        for word, number in (("firing", firing), ("resolved", len(pages) - firing))
        if number
    )
    names = Counter(page.title if page.status == "firing" else f"ok {page.title}" for page in pages)
    return _listed(
        f"{len(pages)} pages, {counts}:",
        [f"{name} ({n}x)" if n > 1 else name for name, n in names.items()],
        room,
    )


def _listed(head: str, items: Sequence[str], room: int, more: int = 0) -> str:
    """The head and as many items as fit, with the number of the others."""
    for kept in range(len(items), -1, -1):
        left = len(items) - kept + more
        tail = ", ".join(items[:kept]) + (f" +{left} more" if left else "")
        # Once more: pieces that are harmless alone may make a number side by side.
        line = _number_like("#", f"{head} {tail.strip()}".rstrip())
        if len(line) <= room:
            return line
    return head[:room]


def _subject(alert: Alert) -> str:
    """What an alert is about, by the labels that tell most."""
    names = [name for name in _TELLING if alert.labels.get(name)]
    names = (
        names or sorted(name for name, value in alert.labels.items() if value and name not in _LEFT_OUT)[:2]
    )
    return " ".join(safe(alert.labels[name]) for name in names)


def _summary(notification: Notification) -> str:
    stated = [notification.commonAnnotations, *(alert.annotations for alert in notification.firing())]
    return next((said for annotations in stated if (said := annotations.get("summary"))), "")


def _common(notification: Notification, name: str) -> str:
    return notification.commonLabels.get(name) or notification.groupLabels.get(name) or ""
