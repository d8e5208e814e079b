"""What events fold into, ready to compare."""

from __future__ import annotations

from typing import Any

from exporter.event import AnyEvent
from exporter.totals import Totals
from tests.unit.totals_strategies import entry


def folded(*events: AnyEvent, **fields: Any) -> dict[str, dict[tuple[str, ...], tuple[Any, ...]]]:
    """What counted something, by family, without the freshness of the source."""
    totals = Totals()
    totals.fold(entry(event, seq, **fields) for seq, event in enumerate(events, 1))
    rows = totals.rows()
    del rows["comms_data_timestamp_seconds"]
    return {name: counted for name, counted in rows.items() if counted}
