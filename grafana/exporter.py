"""The board "Exporter itself": does everything reach us, is the exporter fine, which thresholds are in force."""

from __future__ import annotations

from grafana.board import Board
from grafana.exporter_health import FINE, NOW, REACHING, WORKING
from grafana.exporter_limits import LIMITS, THRESHOLDS
from grafana.exporter_people import PAGES, PEOPLE
from grafana.exporter_scans import SCANNED, SCANS

EXPORTER = Board(
    uid="exporter",
    title="Comms: exporter itself",
    description="Does everything reach us, is the exporter fine, how fresh is it, which thresholds are in force.",
    variables=(),
    rows=(NOW, REACHING, FINE, WORKING, LIMITS, THRESHOLDS, SCANS, SCANNED, PAGES, PEOPLE),
)
