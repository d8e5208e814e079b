"""The shipped rules, Prometheus and Alertmanager files, made fit for a test: other addresses, shorter durations.

Every duration shrinks by the same factor, so windows, waits and scrapes keep their proportions. Numbers in
expressions stay: a floor of `rate * 300 >= 20` remains four events a minute.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.stack.generation import ROOT

RULES = tuple(sorted((ROOT / "rules").glob("*.yaml")))
PROMETHEUS = ROOT / "prometheus.yml"
ALERTMANAGER = ROOT / "alertmanager" / "alertmanager.yml"
SHRINK = 30

DURATION_KEYS = frozenset(
    {
        "evaluation_interval",
        "for",
        "group_interval",
        "group_wait",
        "interval",
        "keep_firing_for",
        "repeat_interval",
        "resolve_timeout",
        "scrape_interval",
        "scrape_timeout",
    }
)
ADDRESS_KEYS = frozenset({"targets", "url"})
IN_EXPRESSION = re.compile(r"(?<=[\[:])[0-9]+(?:ms|[smhd])(?=[\]:])|(?<=\boffset )[0-9]+(?:ms|[smhd])\b")
_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

Leaf = Callable[[str, str], str]
"""A text and the key it stands under, made into another text."""


def duration_ms(text: str) -> int:
    """A duration as Prometheus writes it, of one unit."""
    number, unit = re.fullmatch(r"([0-9]+)(ms|[smhd])", text).groups()  # type: ignore[union-attr]
    return int(number) * _MS[unit]


def shrunk(text: str) -> str:
    return f"{round(duration_ms(text) / SHRINK)}ms"


def faster(text: str, key: str) -> str:
    """A leaf of a shipped file with its durations shrunk."""
    if key in DURATION_KEYS:
        return shrunk(text)
    return IN_EXPRESSION.sub(lambda found: shrunk(found[0]), text) if key == "expr" else text


def elsewhere(addresses: Mapping[str, str]) -> Leaf:
    """Shipped addresses replaced by others, wherever an address may stand."""

    def leaf(text: str, key: str) -> str:
        for shipped, ours in addresses.items():
            text = text.replace(shipped, ours) if key in ADDRESS_KEYS else text
        return text

    return leaf


def each_leaf(node: Any, change: Leaf, key: str = "") -> Any:
    """A parsed file with each text changed."""
    if isinstance(node, dict):
        return {name: each_leaf(value, change, name) for name, value in node.items()}
    if isinstance(node, list):
        return [each_leaf(item, change, key) for item in node]
    return change(node, key) if isinstance(node, str) else node


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def adapted(path: Path, addresses: Mapping[str, str]) -> Any:
    """A shipped file as the test runs it."""
    return each_leaf(each_leaf(read(path), faster), elsewhere(addresses))


def write_adapted(folder: Path, addresses: Mapping[str, str]) -> None:
    """Every file that Prometheus and Alertmanager read, laid out as in the repository."""
    for path in (*RULES, PROMETHEUS, ALERTMANAGER):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(adapted(path, addresses), sort_keys=False), encoding="utf-8")
    templates = ALERTMANAGER.parent / "templates"
    shutil.copytree(templates, folder / "alertmanager" / "templates")
