"""A replica that sweeps the fake account's messages, callbacks beside, and what the two come to."""

from __future__ import annotations

from collections import Counter
from typing import Any

from exporter.event import Submission
from exporter.reconcile.twilio_messages import TwilioMessages
from exporter.sources.twilio import Twilio, TwilioConfig
from tests.conftest import Replica
from tests.integration.fake_twilio import ACCOUNT, TOKEN, recorded, recorded_pages
from tests.unit.sources.sent import NOW, TWILIO_URL, twilio_request

EXPECTED = recorded("messages_expected")["expected"]
ROWS = [row for page in recorded_pages() for row in page["messages"]]
SETTLED = "Fri, 20 Nov 2026 10:00:00 +0000"


class Sweep:
    """A sweep of the fake account, which waits for nothing and remembers how long it would have."""

    def __init__(self, one: Replica, url: str, **keys: Any) -> None:
        self.waits_s: list[float] = []
        reconcile = {"enabled": True, "api_url": url, **keys.pop("reconcile", {})}
        self.config = TwilioConfig.model_validate(
            {"account_sid": ACCOUNT, "auth_token": TOKEN, **keys, "reconcile": reconcile}
        )
        self._work = TwilioMessages(
            lambda: self.config, one.ledger, one.metrics, now=lambda: NOW, sleep=self._wait
        )

    async def run(self) -> None:
        await self._work.run()

    async def _wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


def row(sid: str = "SM1", status: str | None = "delivered", **more: Any) -> dict[str, Any]:
    dates = {"date_created": SETTLED, "date_sent": SETTLED, "date_updated": SETTLED}
    addresses = {"from": "+12025550101", "to": "+12025550102", "direction": "outbound-api"}
    return {"sid": sid, "status": status, "account_sid": ACCOUNT, **dates, **addresses, **more}


def callback(sid: str, status: str, query: str = "", **fields: str) -> Submission:
    given = {
        "MessageSid": sid,
        "MessageStatus": status,
        "From": "+12025550101",
        "To": "+12025550102",
        **fields,
    }
    config = TwilioConfig.model_validate({"auth_token": TOKEN})
    return Twilio(config).read(twilio_request(given, TWILIO_URL + query)).submissions[0]


async def counted(one: Replica) -> dict[tuple[str, str], int]:
    """Message steps by tenant and status."""
    await one.ledger.catch_up()
    steps: Counter[tuple[str, str]] = Counter()
    for key, values in one.totals.rows()["comms_messages_total"].items():
        steps[key[0], key[4]] += int(str(values[0]))
    return {key: number for key, number in steps.items() if number}


async def by_status(one: Replica) -> dict[str, int]:
    return {status: number for (_, status), number in (await counted(one)).items()}


def reconciled(one: Replica, status: str) -> float | None:
    labels = {"source": "twilio", "status": status}
    return one.registry.get_sample_value("comms_reconciled_messages_total", labels)
