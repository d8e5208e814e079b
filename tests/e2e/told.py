"""What one generation of Prometheus and Alertmanager saw of the story."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.page_receiver import Notification
from tests.e2e.watch import Series

Counts = dict[frozenset[tuple[str, str]], float]
"""The values of one counter, by labels."""


@dataclass
class Told:
    """What is kept for the tests.

    Attributes:
        answers: the status of every recorded post.
        published, stored: message counts of the exporter's page and of Prometheus, at a quiet moment.
        page, ticket: the two alerts as Alertmanager had them during the incident.
        history: the samples of a few series, from the first to the last.
        notified_before, notified: notifications up to the first failure, and from it on.
    """

    answers: list[int] = field(default_factory=list)
    version: str = ""
    published: Counts = field(default_factory=dict)
    stored: Counts = field(default_factory=dict)
    unanswered_when_healthy: set[str] = field(default_factory=set)
    unanswered_in_the_end: set[str] = field(default_factory=set)
    page: dict[str, Any] = field(default_factory=dict)
    ticket: dict[str, Any] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    history: dict[str, list[Series]] = field(default_factory=dict)
    notified_before: list[Notification] = field(default_factory=list)
    notified: list[Notification] = field(default_factory=list)


def published(page: str) -> Counts:
    """The message counts of a page that the exporter publishes."""
    families = {family.name: family for family in text_string_to_metric_families(page)}
    samples = families["comms_messages"].samples
    return {frozenset(sample.labels.items()): sample.value for sample in samples}


def stored(series: list[Series]) -> Counts:
    """The same of a Prometheus, without the labels that it adds."""
    own = {"__name__", "job", "instance"}
    return {
        frozenset((name, value) for name, value in one["metric"].items() if name not in own): float(
            one["value"][1]
        )
        for one in series
    }
