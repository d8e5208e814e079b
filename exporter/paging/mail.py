"""Pages by mail: aiosmtplib lives here."""

from __future__ import annotations

from email.message import EmailMessage
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

from exporter.carriers.hand_over import HandOverFailed, HandOverRefused

_LIMIT_S = 10.0
_PERMANENT = 500
_PORTS = {"smtp": 587, "smtps": 465}


class MailServer(NamedTuple):
    """A mail server as `smtp_url` names it; `smtp://` asks for STARTTLS where the server has it."""

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str | None


def mail_server(url: str) -> MailServer:
    """The parts of a URL that the configuration has checked."""
    parts = urlsplit(url)
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    port = parts.port or _PORTS[parts.scheme]
    return MailServer(parts.hostname or "", port, parts.scheme == "smtps", user, password)


async def send_mail(server: MailServer, sender: str, to: str, subject: str, text: str) -> None:
    """Hand one plain mail over.

    Raises:
        HandOverRefused: the server refuses it for good.
        HandOverFailed: no answer, or one that says later.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    try:
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.is_tls,
            # A password goes over TLS or not at all; without one, TLS where the server has it.
            start_tls=True if server.password and not server.is_tls else None,
            timeout=_LIMIT_S,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _of_code(min(refused.code for refused in error.recipients)) from None
    except aiosmtplib.SMTPResponseException as error:
        raise _of_code(error.code) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        # After the text was sent, silence may mean that the mail was taken. Two mails are better than none.
        raise HandOverFailed(f"no answer from the mail server: {type(error).__name__}", unsure=True) from None


def _of_code(code: int) -> HandOverRefused | HandOverFailed:
    if code >= _PERMANENT:
        return HandOverRefused(f"the mail server answered {code}")
    return HandOverFailed(f"the mail server answered {code}", unsure=False)
