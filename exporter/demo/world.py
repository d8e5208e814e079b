"""The simulated companies, and what goes wrong for them and when."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Company(NamedTuple):
    """A tenant with the names that providers know it by.

    Attributes:
        sender: its own number, of the ranges reserved for fiction (+1 202 555 01xx, +44 7700 900xxx).
        topic_arn: the SNS topic to which its mail events go.
        stripe_account: its account connected to Stripe.
    """

    tenant: str
    account_sid: str
    sender: str
    phone_number_id: str
    business_account_id: str
    mail_domain: str
    topic_arn: str
    stripe_account: str


def _company(tenant: str, number: int, sender: str) -> Company:
    return Company(
        tenant,
        account_sid=f"AC{number:032d}",
        sender=sender,
        phone_number_id=f"10000000000000{number}",
        business_account_id=f"20000000000000{number}",
        mail_domain=f"{tenant}.example",
        topic_arn=f"arn:aws:sns:us-east-1:{number:012d}:mail-events",
        stripe_account=f"acct_demo{number:012d}",
    )


DEFAULT = _company("default", 1, "+12025550100")
ACME = _company("acme", 2, "+12025550101")
GLOBEX = _company("globex", 3, "+447700900100")
COMPANIES = (DEFAULT, ACME, GLOBEX)

TEMPLATES = ("order_update", "delivery_notice", "spring_offer")
"""WhatsApp templates that each company has."""

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
    META_OBJECTS = _Times("acme", 3 * _MINUTE_S, 10 * _MINUTE_S, 30 * _MINUTE_S)
    ANSWERS_ARE_SLOW = _Times("default", 5 * _MINUTE_S, 12 * _MINUTE_S, 30 * _MINUTE_S)
    # Receipts are missed by a rule that looks back over an hour.
    RECEIPTS_STOP = _Times("globex", 10 * _MINUTE_S, 90 * _MINUTE_S, 120 * _MINUTE_S)

    def strikes(self, tenant: str, at_s: float) -> bool:
        """Whether this tenant has it at this time, in seconds since the demo began."""
        times = self.value
        return tenant == times.tenant and 0 <= (at_s - times.begins_s) % times.cycle_s < times.lasts_s

    def held_back_s(self, at_s: float) -> float:
        """How late something is that this holds back at this time: until the end, the last of it a tenth longer."""
        times = self.value
        into_s = (at_s - times.begins_s) % times.cycle_s
        return times.lasts_s - 0.9 * into_s
