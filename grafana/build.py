"""Writes dashboards/*.json; run `python -m grafana.build` after a change and commit the result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.conversations import CONVERSATIONS
from grafana.delivery import DELIVERY
from grafana.exporter import EXPORTER
from grafana.llm import LLM
from grafana.money import MONEY
from grafana.overview import OVERVIEW
from grafana.render import render
from grafana.tenant import TENANT_BOARD
from grafana.whatsapp import WHATSAPP

BOARDS = (OVERVIEW, DELIVERY, WHATSAPP, MONEY, LLM, CONVERSATIONS, TENANT_BOARD, EXPORTER)
DASHBOARDS = Path(__file__).parent / "dashboards"


def files() -> Iterator[tuple[Path, str]]:
    """Every dashboard's path, and the text that belongs there."""
    for board in BOARDS:
        text = json.dumps(render(board), cls=JSONEncoder, indent=2, sort_keys=True)
        yield DASHBOARDS / f"{board.uid}.json", text + "\n"


def main() -> None:
    """Write every dashboard."""
    for path, text in files():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
