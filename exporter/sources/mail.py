"""What the events of one recipient's copy of a mail have in common, whoever sent it."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import NamedTuple

from exporter.error_class import FAILED_STATUSES
from exporter.event import Account, Engagement, Message
from exporter.sources.ledger_text import LONGEST_ID, LONGEST_NAME, ledger_text
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, Status

_DIGEST_BYTES = 8
_LONGEST_MESSAGE_ID = LONGEST_ID - 2 * _DIGEST_BYTES - 1
_LONGEST_ADDRESS = 512
_in_angle_brackets = re.compile(r"<([^<>]+)>\s*\Z").search
_is_word = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}").fullmatch
_is_tenant = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}").fullmatch


class Mail(NamedTuple):
    """One recipient's copy of a mail, and a moment in its life.

    Attributes:
        message_id: from `mail_id`; None where the provider names no message.
    """

    provider: str
    tenant: str
    at: datetime
    message_id: str | None

    def step(
        self,
        status: Status,
        error_code: str | None = None,
        error_class: ErrorClass = ErrorClass.UNKNOWN,
        template: object = None,
        category: object = None,
    ) -> Message:
        """A step of the message; the error class is taken only where the status is a failure."""
        return Message(
            at=self.at,
            tenant=self.tenant,
            channel=Channel.EMAIL,
            provider=self.provider,
            direction=Direction.OUTBOUND,
            status=status,
            message_id=self.message_id,
            error_code=error_code,
            error_class=error_class if status in FAILED_STATUSES else ErrorClass.NONE,
            template=ledger_text(template, LONGEST_NAME),
            category=ledger_text(category, LONGEST_NAME),
        )

    def engagement(self, action: str, actor: Actor = Actor.HUMAN) -> Engagement:
        """What the recipient, or a machine on the way to it, did with the message."""
        return Engagement(
            at=self.at,
            tenant=self.tenant,
            action=action,
            actor=actor,
            channel=Channel.EMAIL,
            message_id=self.message_id,
        )

    def news(self, field: str, state: object) -> Account:
        """What is said of no message, or in a word that we do not know; what is no plain word is `other`."""
        return Account(
            at=self.at,
            tenant=self.tenant,
            provider=self.provider,
            field=field,
            state=state if isinstance(state, str) and _is_word(state) else "other",
        )


def mail_id(message_id: object, recipient: object) -> str | None:
    """The id of one recipient's copy: the provider's message id, which all recipients share, and a digest.

    The digest is of the bare address in lower case, so that `Jane <Jane@example.com>` is the same recipient.
    """
    known = ledger_text(message_id, _LONGEST_MESSAGE_ID)
    digest = recipient_digest(recipient)
    return f"{known}:{digest}" if known and digest else known


def recipient_digest(recipient: object) -> str:
    """A short digest of an address; empty where there is none."""
    address = ledger_text(recipient, _LONGEST_ADDRESS)
    if address is None:
        return ""
    bracketed = _in_angle_brackets(address)
    bare = (bracketed[1] if bracketed else address).strip().lower()
    return hashlib.blake2b(bare.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def tenant_name(value: object) -> str | None:
    """The value, where it can be the name of a tenant."""
    return value if isinstance(value, str) and _is_tenant(value) else None


def member(value: object, *names: str) -> object:
    """What stands at a path of names in JSON; None where the path ends early."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
