"""Tables of README.md that follow from the code; `python -m tools.docs` writes them anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel

from exporter.catalogue import FAMILIES
from exporter.config import Config
from exporter.config.environment import CONFIG_VARIABLE, DEFAULT_PATH, VARIABLES
from exporter.config.profile import Profile
from exporter.event import KINDS
from tools.senders import metrics_by_kind, senders

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PROFILES = ROOT / "exporter" / "scans" / "profiles"


class Alert(NamedTuple):
    """One alert of rules/.

    Attributes:
        file: the name of its file in rules/.
    """

    name: str
    severity: str
    summary: str
    file: str


def senders_table() -> str:
    """Every endpoint with its address, its secrets and the kinds of events that it may become."""
    rows = (
        (sender.name, *map(_codes, (sender.calls, sender.variables)), sender.takes, _kinds(sender.kinds))
        for sender in senders()
    )
    return table(("Source", "Address", "Secret", "What it may send", "Becomes events"), rows)


def _kinds(kinds: tuple[str, ...]) -> str:
    return "any" if kinds == KINDS else _codes(kinds)


def profiles_table() -> str:
    """Every ready profile with the kinds of events that its rows become, and the gauges that it looks at."""
    rows = (_profile_row(path.stem, read_profile(path)) for path in sorted(PROFILES.glob("*.yaml")))
    return table(("Profile", "What it reads", "Becomes events", "Gauges"), rows)


def read_profile(path: Path) -> Profile:
    """A ready profile."""
    return Profile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _profile_row(name: str, profile: Profile) -> tuple[str, ...]:
    kinds = {fact.kind for scanned in profile.tables for fact in scanned.facts}
    gauges = dict.fromkeys(f"comms_scanned_{scanned.gauge}" for scanned in profile.gauges)
    return _code(name), profile.about, _codes(kind for kind in KINDS if kind in kinds), _codes(gauges)


def events_table() -> str:
    """Every kind of event with the metrics that it may move."""
    rows = ((_code(kind), meaning, _codes(names)) for kind, meaning, names in metrics_by_kind())
    return table(("Event", "Meaning", "Metrics"), rows)


def environment_table() -> str:
    """Every variable with its key in config.yaml, its default and its meaning."""
    first = (_code(CONFIG_VARIABLE), "", _code(str(DEFAULT_PATH)), "The configuration file.")
    rows = (_variable_row(variable.name, variable.path, variable.is_secret) for variable in VARIABLES)
    return table(("Variable", "Key in config.yaml", "Default", "Meaning"), [first, *rows])


def metrics_table() -> str:
    """Every family of the catalogue, in its order."""
    rows = (
        (_code(family.name), family.kind, _codes(family.labels), family.origin, family.help)
        for family in FAMILIES
    )
    return table(("Metric", "Type", "Labels", "About", "Help"), rows)


def alerts_table() -> str:
    """Every alert, file by file."""
    rows = (
        (_code(alert.name), alert.severity, alert.summary, f"[{alert.file}](rules/{alert.file})")
        for alert in alerts()
    )
    return table(("Alert", "Severity", "Summary", "File"), rows)


def alerts() -> Iterator[Alert]:
    """The alerts of rules/*.yaml."""
    for file in sorted((ROOT / "rules").glob("*.yaml")):
        groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in (rule for group in groups for rule in group["rules"] if "alert" in rule):
            yield Alert(rule["alert"], rule["labels"]["severity"], rule["annotations"]["summary"], file.name)


TABLES: dict[str, Callable[[], str]] = {
    "senders": senders_table,
    "profiles": profiles_table,
    "events": events_table,
    "environment": environment_table,
    "metrics": metrics_table,
    "alerts": alerts_table,
}
"""By the name in the markers, what stands between them."""


def rewritten(text: str) -> str:
    """The text with every table between its markers made anew.

    Raises:
        ValueError: a pair of markers is missing.
    """
    for name, make in TABLES.items():
        text = _filled(text, name, make())
    return text


def generated() -> dict[Path, str]:
    """Each document with tables, and the text that it should have."""
    return {README: rewritten(README.read_text(encoding="utf-8"))}


def table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    return "\n".join(_line(cells) for cells in (titles, ("---",) * len(titles), *rows))


def _filled(text: str, name: str, made: str) -> str:
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, opened, rest = text.partition(opening)
    _, closed, after = rest.partition(closing)
    if not (opened and closed):
        raise ValueError(f"no {opening} and {closing} to fill")
    return f"{before}{opening}\n\n{made}\n\n{closing}{after}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _codes(words: Iterable[str]) -> str:
    return " ".join(map(_code, words))


def _variable_row(name: str, path: tuple[str, ...], is_secret: bool) -> tuple[str, ...]:
    names = f"{_code(name)} or {_code(f'{name}_FILE')}" if is_secret else _code(name)
    default, meaning = _default_and_meaning(path)
    return names, _code(".".join(path)), _code(default), meaning


def _default_and_meaning(path: tuple[str, ...]) -> tuple[str, str]:
    *above, key = path
    section: BaseModel = Config()
    for name in above:
        section = getattr(section, name)
    field = type(section).model_fields[key]
    return str(getattr(section, key) or ""), field.description or ""


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
