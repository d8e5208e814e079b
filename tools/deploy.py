"""What runs the exporter and its rules on many machines; `python -m tools.deploy` writes deploy/ anew.

The sources are config.yaml, prometheus.yml, docker-compose.yml and rules/: nothing here repeats a number of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools.kubernetes import config_map, disruption_budget, exporter_deployment, service, service_monitor
from tools.rule_variants import mimir_rules, prometheus_rule, thanos_rules

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy"
JOB = "comms-exporter"
_HEADER = "# Written by `make generate` from {sources}; see docs/long-term.md.\n"
_OURS = "comms_.+|.+:comms_.+|ALERTS|ALERTS_FOR_STATE|up"
"""What is worth keeping for years: our series, those recorded from them, and the alerts."""


def generated() -> dict[Path, str]:
    """Each file of deploy/ and the text that it should have."""
    documents = {
        "kubernetes/exporter.yaml": (_exporter(), "docker-compose.yml and config.yaml"),
        "kubernetes/monitoring.yaml": (_monitoring(), "prometheus.yml and rules/"),
        "thanos/rules.yaml": ([thanos_rules(rule_files())], "rules/"),
        "mimir/rules.yaml": ([mimir_rules(rule_files())], "rules/"),
        "remote-write/prometheus.yml": ([_remote_write()], "prometheus.yml"),
    }
    return {
        FOLDER / name: _HEADER.format(sources=sources) + _text(content)
        for name, (content, sources) in documents.items()
    }


def rule_files() -> dict[str, Any]:
    """The content of each rule file, by its subject."""
    return {path.stem: _read(path) for path in sorted((ROOT / "rules").glob("*.yaml"))}


def _exporter() -> list[dict[str, Any]]:
    compose = _read(ROOT / "docker-compose.yml")["services"]["exporter"]
    config = (ROOT / "config.yaml").read_text(encoding="utf-8")
    return [config_map(config), exporter_deployment(compose), service(compose), disruption_budget()]


def _monitoring() -> list[dict[str, Any]]:
    (job,) = (one for one in _read(ROOT / "prometheus.yml")["scrape_configs"] if one["job_name"] == JOB)
    rules = (prometheus_rule(subject, content) for subject, content in rule_files().items())
    return [service_monitor(job, _read(ROOT / "prometheus.yml")["global"]), *rules]


def _remote_write() -> dict[str, Any]:
    """prometheus.yml that also sends what is ours to a store of long memory."""
    shipped = _read(ROOT / "prometheus.yml")
    shipped["global"]["external_labels"] = {"cluster": "main", "__replica__": "a"}
    shipped["rule_files"] = [f"../../{pattern}" for pattern in shipped["rule_files"]]
    kept = {"source_labels": ["__name__"], "regex": _OURS, "action": "keep"}
    shipped["remote_write"] = [{"url": "http://mimir:9009/api/v1/push", "write_relabel_configs": [kept]}]
    return dict(shipped)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _text(documents: list[dict[str, Any]]) -> str:
    return "---\n".join(
        yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10_000) for document in documents
    )


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay readable, and nothing is abbreviated by an anchor."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _lines(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _lines)


def stale() -> Iterator[Path]:
    """Files that are not as they should be, and those that should not be."""
    wanted = generated()
    yield from (path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text)
    yield from (path for path in FOLDER.rglob("*") if path.is_file() and path not in wanted)


if __name__ == "__main__":
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
