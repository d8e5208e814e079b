"""A page as the exposition writes it, and its samples as a reader finds them and as the totals have them."""

from __future__ import annotations

import gzip
from subprocess import PIPE, STDOUT, run

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from prometheus_client.utils import floatToGoString

from exporter.event import AnyEvent
from exporter.exposition import Exposition
from exporter.measure import Histograms
from exporter.totals import Totals
from tests.unit.totals_strategies import entry

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
BOTH = pytest.mark.parametrize("openmetrics", [False, True])


def page(exposition: Exposition, *, openmetrics: bool = False, compressed: bool = False) -> str:
    data = b"".join(exposition.pieces(openmetrics=openmetrics, gzip=compressed))
    return (gzip.decompress(data) if compressed else data).decode()


def page_of(*events: AnyEvent, openmetrics: bool = False) -> str:
    totals = Totals()
    totals.fold(entry(event, seq) for seq, event in enumerate(events, 1))
    return page(Exposition(totals, CollectorRegistry()), openmetrics=openmetrics)


def promtool_says(text: str) -> str:
    """What `promtool check metrics` finds wrong with a page."""
    command = ["promtool", "check", "metrics"]
    return run(command, input=text, stdout=PIPE, stderr=STDOUT, text=True, check=False).stdout


def read(text: str, *, openmetrics: bool = False) -> Samples:
    """Every sample of a page; a sample that comes twice is an error."""
    families = read_openmetrics(text) if openmetrics else read_text(text)
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


def expected(totals: Totals) -> Samples:
    """Every sample by the rules of the format, written out one by one."""
    found: Samples = {}
    for name, series in totals.families.items():
        for at, key in enumerate(series.keys):
            labels = frozenset(zip(series.family.labels, key, strict=True))
            if isinstance(series, Histograms):
                sum_us, *counts = series.row(at)
                found[f"{name}_sum", labels] = sum_us / 1e6
                found[f"{name}_count", labels] = sum(counts)
                edges = (*series.family.buckets, float("inf"))
                for number, edge in enumerate(edges):
                    edge_labels = labels | {("le", floatToGoString(edge))}
                    found[f"{name}_bucket", edge_labels] = sum(counts[: number + 1])
            else:
                found[name, labels] = float(series.row(at)[-1])
    return found
