"""What people on call answer by SMS: `ACK` ends the escalation of what they were told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl

from exporter.config import OncallConfig
from exporter.event import Message, Submission
from exporter.paging.people import owner
from exporter.vocabulary import Direction

_WORD = "ACK"


class Reply(NamedTuple):
    """An ACK, by the message that the ledger has it as."""

    person: str
    tenant: str
    message_id: str


def replies(oncall: OncallConfig, submissions: Sequence[Submission]) -> Iterator[Reply]:
    """Each ACK from a number of somebody on call, among what a believed request of Twilio became."""
    for submission in submissions:
        event = submission.event
        if not isinstance(event, Message) or event.direction is not Direction.INBOUND:
            continue
        person = owner(oncall, (event.peer or "").rpartition(":")[2])
        if person and event.message_id and _is_ack(submission.raw):
            yield Reply(person, event.tenant, event.message_id)


def _is_ack(form: bytes) -> bool:
    fields = dict(parse_qsl(form.decode("utf-8", "replace"), max_num_fields=1_000))
    words = fields.get("Body", "").split()
    return bool(words) and words[0].strip(".!,").upper() == _WORD
