"""The hook for bills that somebody else reads: events of the kind `charge`, as the documentation shows them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.errors import Rejected
from exporter.event import Charge
from exporter.sources.event_json import decode_event, default_at
from tests.unit.sources.sent import NOW

PAGE = Path(__file__).parents[3] / "docs" / "billing.md"


def documented() -> dict[str, object]:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return dict(json.loads(block))


def decoded(event: dict[str, object]) -> object:
    return decode_event(json.dumps(event).encode(), default_at(NOW), NOW)


def test_the_documented_charge_is_one() -> None:
    charge = decoded(documented())
    assert isinstance(charge, Charge)
    assert (charge.provider, charge.basis, charge.amount_usd) == ("mailgun", "billed", Decimal("12.50"))


@pytest.mark.parametrize(
    "wrong", [{"amount_usd": "-1"}, {"amount_usd": "NaN"}, {"amount_usd": None}, {"basis": "estimated"}]
)
def test_a_charge_that_would_lower_or_spoil_the_sums_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        decoded(documented() | wrong)
