"""Each sender of the benchmark is believed, and every event that it is measured by is one."""

from __future__ import annotations

import pytest

from exporter.sources.source import Request
from tests.bench import payload
from tests.bench.senders import LOG_RULE, SENDERS
from tests.unit.sources.proofs import Secret, shared
from tests.unit.sources.signers import signer_of, source_of
from tests.unit.test_bench_payload import read

OWN_SECRETS = {
    "/webhooks/whatsapp": shared(payload.WHATSAPP_SECRET),
    "/webhooks/twilio": shared(payload.TWILIO_TOKEN),
}


def path_of(request: Request) -> str:
    return request.url.removeprefix(payload.PUBLIC_URL).partition("?")[0]


def secret_of(path: str) -> Secret:
    return OWN_SECRETS.get(path) or signer_of(path).secrets[0]


@pytest.mark.parametrize("name", SENDERS)
def test_a_request_of_the_benchmark_holds_as_many_events_as_it_says(name: str) -> None:
    events = min(SENDERS[name].body_events, 3)
    request = read(SENDERS[name].make(events))
    batch = source_of(path_of(request), secret_of(path_of(request)), rules=[LOG_RULE]).read(request)
    assert (len(batch.submissions), batch.parked, batch.ignored) == (events, [], 0)


@pytest.mark.parametrize("name", SENDERS)
def test_no_two_requests_of_the_benchmark_are_about_the_same_event(name: str) -> None:
    assert SENDERS[name].make(1) != SENDERS[name].make(1)
