"""The simulated companies, and what goes wrong for them and when."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Company(NamedTuple):
    """A tenant with the names that providers know it by.

    Attributes:
        sender: its own number, of the ranges reserved for fiction (+1 202 555 01xx, +44 7700 900xxx).
    """

    tenant: str
    account_sid: str
    sender: str
    phone_number_id: str
    business_account_id: str


DEFAULT = Company("default", f"AC{1:032d}", "+12025550100", "100000000000001", "200000000000001")
ACME = Company("acme", f"AC{2:032d}", "+12025550101", "100000000000002", "200000000000002")
GLOBEX = Company("globex", f"AC{3:032d}", "+447700900100", "100000000000003", "200000000000003")
COMPANIES = (DEFAULT, ACME, GLOBEX)

_MINUTE_S = 60.0


class _Times(NamedTuple):
    """Trouble of one tenant that comes back: `lasts_s` long, first at `begins_s`, then every `cycle_s`."""

    tenant: str
    begins_s: float
    lasts_s: float
    cycle_s: float


class Trouble(Enum):
    """What goes wrong, long enough for the alert about it to fire."""

    CARRIER_FAILS = _Times("acme", 1 * _MINUTE_S, 12 * _MINUTE_S, 30 * _MINUTE_S)
    ANSWERS_ARE_SLOW = _Times("default", 5 * _MINUTE_S, 12 * _MINUTE_S, 30 * _MINUTE_S)
    # Receipts are missed by a rule that looks back over an hour.
    RECEIPTS_STOP = _Times("globex", 10 * _MINUTE_S, 90 * _MINUTE_S, 120 * _MINUTE_S)

    def strikes(self, tenant: str, at_s: float) -> bool:
        """Whether this tenant has it at this time, in seconds since the demo began."""
        times = self.value
        return tenant == times.tenant and 0 <= (at_s - times.begins_s) % times.cycle_s < times.lasts_s
