"""What holds for every sender: it proves itself before anything is read, and only with a secret of ours."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest
from multidict import CIMultiDict

from exporter.config import Config
from exporter.errors import Rejected, SignatureFailure, SignatureReason
from exporter.event import AnyEvent
from exporter.sources import build
from exporter.sources.source import Request
from tests.unit.sources.proofs import Sending
from tests.unit.sources.signers import (
    OURS,
    PATHS,
    ROTATED,
    SIGNERS,
    STRANGERS,
    Signer,
    every_path,
    our_source,
    proved,
    read,
    read_well,
    recorded,
    signer_of,
    source_of,
)

GARBAGE = Sending(b"\xff{not readable", "application/json")


def tenants(events: list[AnyEvent]) -> set[str]:
    return {event.tenant for event in events}


def elsewhere(path: str, request_path: str, sending: Sending, **headers: str) -> Request:
    """A proved request that is sent to another path, or with more headers."""
    request = proved(path, sending)
    named = dict(parse_qsl(request_path.partition("?")[2]))
    url = request.url.replace(path, request_path, 1)
    return request._replace(
        url=url, query={**request.query, **named}, headers=CIMultiDict({**request.headers, **headers})
    )


def events(path: str, request_path: str, sending: Sending, **headers: str) -> list[AnyEvent]:
    batch = read(our_source(path), elsewhere(path, request_path, sending, **headers))
    return [submission.event for submission in batch.submissions]


def refusal(path: str, request: Request) -> str:
    """Why a request is refused; empty when it is not."""
    try:
        read(our_source(path), request)
    except (Rejected, SignatureFailure) as refused:
        return str(refused)
    return ""


def test_every_source_has_an_entry_and_no_entry_is_left_over() -> None:
    assert set(SIGNERS) == set(PATHS)


@every_path
def test_a_source_has_a_name_fit_for_a_label_and_a_sentence_for_readme(path: str) -> None:
    source = our_source(path)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", source.name)
    assert type(source).__doc__


@every_path
def test_a_proved_request_is_read_into_events(path: str) -> None:
    assert read_well(path)


@every_path
def test_a_webhook_without_a_secret_refuses_everything(path: str) -> None:
    source = source_of(path)
    if source.strict:
        assert read(source, proved(path, read_well(path)[0])).submissions
        return
    for sending in (recorded(path)[0], GARBAGE):
        with pytest.raises(SignatureFailure) as refusal:
            read(source, proved(path, sending))
        assert refusal.value.reason is SignatureReason.NOT_CONFIGURED


@every_path
def test_while_a_secret_is_rotated_the_old_and_the_new_one_prove(path: str) -> None:
    old, new, _ = signer_of(path).secrets
    source, sending = source_of(path, old, new), read_well(path)[0]
    for secret in (OURS, ROTATED):
        assert read(source, proved(path, sending, secret=secret)).submissions


@every_path
def test_what_a_stranger_signs_is_not_read_however_bad_it_is(path: str) -> None:
    source = our_source(path)
    for sending in (recorded(path)[0], GARBAGE):
        with pytest.raises(SignatureFailure):
            read(source, proved(path, sending, secret=STRANGERS))


@every_path
def test_what_nobody_signs_is_not_read_however_bad_it_is(path: str) -> None:
    source = our_source(path)
    for sending in (recorded(path)[0], GARBAGE):
        request = proved(path, sending)
        with pytest.raises(SignatureFailure):
            read(source, request._replace(headers={}, body=sending.body))


@every_path
def test_our_own_sender_may_send_what_cannot_be_read(path: str) -> None:
    # A proof that stands in the body cannot be read either.
    refused = refusal(path, proved(path, GARBAGE))
    assert "readable" not in refused


@every_path
def test_a_proof_is_worth_nothing_for_another_body(path: str) -> None:
    if our_source(path).strict:
        pytest.skip("a token proves the sender, whatever it sends")
    first, second = read_well(path)[:2]
    forged = proved(path, first)._replace(body=proved(path, second, secret=STRANGERS).body)
    with pytest.raises(SignatureFailure):
        read(our_source(path), forged)


@every_path
def test_the_tenant_is_taken_from_no_part_that_nobody_signed(path: str) -> None:
    sending = read_well(path)[0]
    honest = tenants(events(path, path, sending))
    named = {"X-Tenant": "mallory", "X-Scope-OrgID": "mallory", "X-Forwarded-Host": "mallory"}
    assert tenants(events(path, path, sending, **named)) == honest
    if not our_source(path).strict and not refusal(path, elsewhere(path, f"{path}?tenant=mallory", sending)):
        assert tenants(events(path, f"{path}?tenant=mallory", sending)) == honest


def test_no_two_sources_of_a_name_have_different_senders() -> None:
    sections: dict[str, Signer] = {}
    for source in build(Config().sources, []):
        signer = signer_of(source.paths[0])
        assert sections.setdefault(source.name, signer).section == signer.section
