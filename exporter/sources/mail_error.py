"""Why a mail was not delivered: the providers' own words, else the status code of the receiving server."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.vocabulary import ErrorClass

# SendGrid: `bounce_classification` of a bounce, `reason` of a drop (twilio.com/docs/sendgrid/for-developers/
# tracking-events/event). Mailgun: `reason` of a failure (documentation.mailgun.com, user manual, events, and the
# stats API). SES: `bounceSubType`, `reason` of a reject (docs.aws.amazon.com/ses/latest/dg/
# event-publishing-retrieving-sns-contents.html). All read in 2026-11; they do not meet, so one table serves all.
_WORDS = {
    ErrorClass.INVALID_NUMBER: ("Invalid Address", "Invalid", "NoEmail"),
    ErrorClass.UNREACHABLE: ("Mailbox Unavailable", "MailboxFull"),
    ErrorClass.BLOCKED: ("Bounced Address", "suppress-bounce", "Suppressed", "OnAccountSuppressionList"),
    ErrorClass.OPTED_OUT: (
        *("Unsubscribed Address", "Spam Reporting Address"),
        *("suppress-unsubscribe", "suppress-complaint", "UnsubscribedRecipient"),
    ),
    ErrorClass.FILTERED: ("Reputation", "Spam Content", "espblock"),
    ErrorClass.RATE_LIMITED: ("Frequency or Volume Too High",),
    ErrorClass.CONTENT: (
        *("Content", "Invalid SMTPAPI header", "Bad content", "ContentRejected", "MessageTooLarge"),
    ),
    ErrorClass.MEDIA: ("AttachmentRejected",),
    ErrorClass.ACCOUNT: ("Recipient List over Package Quota",),
    ErrorClass.EXPIRED: ("old", "CustomTimeoutExceeded"),
    ErrorClass.PROVIDER: ("Technical",),
}
_BY_WORD = {word.lower(): meaning for meaning, words in _WORDS.items() for word in words}

# Enhanced status codes, class.subject.detail: RFC 3463 and IANA's SMTP Enhanced Status Codes registry.
_BY_DETAIL = {
    "1.7": ErrorClass.ACCOUNT,
    "1.8": ErrorClass.ACCOUNT,
    "2.3": ErrorClass.CONTENT,
    "3.4": ErrorClass.CONTENT,
    "4.7": ErrorClass.EXPIRED,
    "7.28": ErrorClass.RATE_LIMITED,
    **{f"7.{detail}": ErrorClass.AUTH for detail in range(20, 27)},
}
_BY_SUBJECT = {
    "1": ErrorClass.INVALID_NUMBER,
    "2": ErrorClass.UNREACHABLE,
    "3": ErrorClass.PROVIDER,
    "4": ErrorClass.UNREACHABLE,
    "5": ErrorClass.PROVIDER,
    "6": ErrorClass.CONTENT,
    "7": ErrorClass.FILTERED,
}
_is_code = re.compile(r"[4-9]\d\d|[45](?:\.\d{1,3}){2}", re.ASCII).fullmatch
_LONGEST_WORD = 64


def smtp_code(*values: object) -> str | None:
    """The first value that is a failure's code: `5.1.1`, or `550` as text or number. Free text never passes."""
    texts = (str(value) if type(value) is int and 0 < value < 1000 else value for value in values)
    return next((text for text in texts if isinstance(text, str) and _is_code(text)), None)


def mail_error_class(words: Iterable[object], code: str | None) -> ErrorClass:
    """The meaning of the first known word, else of an enhanced status code, else `unknown`."""
    for word in words:
        if isinstance(word, str) and len(word) <= _LONGEST_WORD and (known := _BY_WORD.get(word.lower())):
            return known
    _, _, detail = (code or "").partition(".")
    return _BY_DETAIL.get(detail) or _BY_SUBJECT.get(detail.partition(".")[0], ErrorClass.UNKNOWN)
