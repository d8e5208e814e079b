"""One entry a source: how its sender proves a request. What holds for every sender is tested by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from exporter.config import Config, parse
from exporter.errors import Rejected
from exporter.sources import build
from exporter.sources.source import Batch, Request, Source
from tests.unit.sources import proofs
from tests.unit.sources import recorded as record
from tests.unit.sources.proofs import Secret, Sending, ecdsa_key, shared, sns_certificate
from tests.unit.sources.sent import NOW, TWILIO_TOKEN, WHATSAPP_SECRET

LOG_RULES: list[dict[str, Any]] = [
    {
        "name": "llm-calls",
        "match": {"event": "llm_call"},
        "kind": "llm",
        "fields": {"provider": "provider", "model": "model", "usage": "usage", "user": "user"},
    },
    {
        "name": "everything",
        "match": {},
        "kind": "level",
        "set": {"name": "queue_depth", "queue": "lines"},
        "fields": {"value": "attempt", "user": "message", "conversation_id": "msg"},
        "scale": {"value": 0.5},
    },
]
STRANGER = shared("of-a-stranger")
TOKENS = (shared("canary-event-token"), shared("canary-event-token-next"), STRANGER)
OUR_WORDS = frozenset(
    {
        *(
            "tenant",
            "provider",
            "model",
            "action",
            "action_type",
            "endpoint",
            "queue",
            "worker",
            "api",
            "name",
        ),
        *("template", "field", "state", "subject", "operation"),
    }
)
"""Fields of our own schema in which an application writes its own words."""
OTLP_WORDS = frozenset({"attributes.*.value.stringValue"})
"""What `gen_ai.request.model` and the like say, which stand in a list of keys and values."""
OURS, ROTATED, STRANGERS = 0, 1, 2
"""Whose secret proves a request: places in `Signer.secrets`."""
OLD_SNS, NEW_SNS = sns_certificate("a" * 8), sns_certificate("b" * 8)


class Signer(NamedTuple):
    """What the tests need to know of a source's sender to speak for it.

    Attributes:
        section: its part of `sources:` in config.yaml.
        key: where its secret stands there.
        secrets: two of ours, as while one is rotated, and one of a stranger.
        company_fields: fields in which the company writes, so that its words may become labels; `a.*.b` for a path.
        documents: what a receiver would fetch, by URL.
        other_keys: what else its part of `sources:` needs for its recorded requests to count.
    """

    section: str
    key: str
    secrets: tuple[Secret, Secret, Secret]
    prove: proofs.Prove
    recorded: Callable[[], Iterator[Sending]]
    company_fields: frozenset[str] = frozenset()
    documents: Mapping[str, bytes] = {}
    other_keys: Mapping[str, Any] = {}

    def keys(self, secrets: Sequence[Secret]) -> dict[str, Any]:
        """Its part of `sources:` with these secrets in force."""
        known = [secret.configured for secret in secrets]
        if self.key.endswith("s"):
            return {self.key: known}
        secret = {self.key: ",".join(known)} if known else {}
        return {**secret, **self.other_keys}


def _with_token(recorded: Callable[[], Iterator[Sending]], words: frozenset[str] = OUR_WORDS) -> Signer:
    return Signer("track", "token", TOKENS, proofs.bearer, recorded, words)


SIGNERS: dict[str, Signer] = {
    "/webhooks/twilio": Signer(
        "twilio",
        "auth_token",
        (shared(TWILIO_TOKEN), shared("twilio-next"), STRANGER),
        proofs.twilio,
        record.twilio,
    ),
    "/webhooks/whatsapp": Signer(
        "whatsapp",
        "app_secret",
        (shared(WHATSAPP_SECRET), shared("whatsapp-next"), STRANGER),
        proofs.whatsapp,
        record.whatsapp,
        frozenset({"message_template_name"}),
    ),
    "/webhooks/sendgrid": Signer(
        "sendgrid",
        "public_key",
        (ecdsa_key(101), ecdsa_key(102), ecdsa_key(103)),
        proofs.sendgrid,
        record.sendgrid,
        frozenset({"category", "tenant", "template_id", "sg_template_id", "sg_template_name"}),
    ),
    "/webhooks/mailgun": Signer(
        "mailgun",
        "signing_key",
        (shared("mailgun-key"), shared("mailgun-next"), STRANGER),
        proofs.mailgun,
        record.mailgun,
        frozenset({"tenant", "template"}),
    ),
    "/webhooks/ses": Signer(
        "ses",
        "topic_arns",
        (OLD_SNS.secret, NEW_SNS.secret, sns_certificate("c" * 8).secret),
        proofs.sns,
        record.ses,
        documents={one.url: one.document for one in (OLD_SNS, NEW_SNS)},
    ),
    "/webhooks/stripe": Signer(
        "stripe",
        "webhook_secret",
        (shared("whsec_of_tests"), shared("whsec_next"), STRANGER),
        proofs.stripe,
        record.stripe,
        frozenset({"tenant", "account"}),
        other_keys={"livemode_only": False},
    ),
    "/events": _with_token(record.events),
    "/webhook/email-opened": _with_token(record.email_opened),
    "/user-action": _with_token(record.user_action),
    "/logs": _with_token(record.log_lines),
    "/v1/logs": _with_token(record.otlp, OTLP_WORDS),
    "/loki/api/v1/push": _with_token(record.loki)._replace(prove=proofs.packed_bearer),
}
"""By the first path of the source."""

PATHS = [source.paths[0] for source in build(Config().sources, [])]
every_path = pytest.mark.parametrize("path", PATHS)


def signer_of(path: str) -> Signer:
    if path not in SIGNERS:
        pytest.fail(
            f"{path} has no entry in {__name__}, without which nothing that holds for every sender is tested"
        )
    return SIGNERS[path]


def all_sections() -> dict[str, Any]:
    """`sources:` with a secret of every sender in force."""
    return {signer.section: signer.keys(signer.secrets[:1]) for signer in SIGNERS.values()}


def source_of(path: str, *secrets: Secret, rules: Sequence[Mapping[str, Any]] = LOG_RULES) -> Source:
    """The source at a path while its sender has these secrets."""
    signer = signer_of(path)
    config = parse({"sources": {signer.section: signer.keys(secrets)}, "logs": list(rules)})
    return next(source for source in build(config.sources, config.logs) if source.paths[0] == path)


def our_source(path: str) -> Source:
    return source_of(path, signer_of(path).secrets[0])


def proved(path: str, sending: Sending, at: datetime = NOW, *, secret: int = OURS) -> Request:
    signer = signer_of(path)
    return signer.prove(sending, path, signer.secrets[secret], at)


def read(source: Source, request: Request) -> Batch:
    """What the receiver does: fetch the document that the request refers to, if any, then read."""
    if url := source.document_needed(request):
        source.learn(url, signer_of(source.paths[0]).documents.get(url, b""))
    return source.read(request)


async def certificate_at(url: str) -> bytes:
    """What would come from the providers' own servers."""
    return next((signer.documents[url] for signer in SIGNERS.values() if url in signer.documents), b"")


def recorded(path: str) -> list[Sending]:
    return list(signer_of(path).recorded())


def read_well(path: str) -> list[Sending]:
    """What was recorded and becomes an event."""
    source, good = our_source(path), []
    for sending in recorded(path):
        try:
            if read(source, proved(path, sending)).submissions:
                good.append(sending)
        except Rejected:
            continue
    return good
