"""Every metric this program publishes: the contract that README, rules and dashboards are tested against."""

from __future__ import annotations

from exporter.catalogue.accounts import ACCOUNTS
from exporter.catalogue.bills import BILLS
from exporter.catalogue.costs import COSTS
from exporter.catalogue.family import OPEN_LABELS, OVERFLOW, Family, Kind, Origin
from exporter.catalogue.messages import MESSAGES
from exporter.catalogue.receiving import RECEIVING
from exporter.catalogue.running import RUNNING
from exporter.catalogue.scans import SCANS
from exporter.catalogue.spend import SPEND

FOLD_FAMILIES = MESSAGES + COSTS + ACCOUNTS
PROCESS_FAMILIES = RECEIVING + SCANS + BILLS + SPEND + RUNNING
FAMILIES = FOLD_FAMILIES + PROCESS_FAMILIES
BY_NAME = {family.name: family for family in FAMILIES}

__all__ = [
    "BY_NAME",
    "FAMILIES",
    "FOLD_FAMILIES",
    "OPEN_LABELS",
    "OVERFLOW",
    "PROCESS_FAMILIES",
    "Family",
    "Kind",
    "Origin",
]
