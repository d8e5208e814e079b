"""Notifications by mail: aiosmtplib lives here."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256

import aiosmtplib

from exporter.config import SmtpConfig
from exporter.ledger.notifications import Letter
from exporter.notifications.carrier import NotCarried

_LIMIT_S = 10.0
_PERMANENT = 500
_TLS_PORT = 465


class Mail:
    """Hands letters to a mail server, one connection each."""

    def __init__(self, smtp: SmtpConfig) -> None:
        self._smtp = smtp

    async def carry(self, letter: Letter) -> None:
        """See Carrier."""
        smtp = self._smtp
        implicit_tls = smtp.use_tls and smtp.port == _TLS_PORT
        try:
            await aiosmtplib.send(
                _message(letter, smtp.from_email or ""),
                hostname=smtp.host,
                port=smtp.port,
                username=smtp.username,
                password=smtp.password.get_secret_value() if smtp.password else None,
                use_tls=implicit_tls,
                # True fails where the server has no STARTTLS: nothing goes out in the clear unasked.
                start_tls=smtp.use_tls and not implicit_tls,
                timeout=_LIMIT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(min(refused.code for refused in error.recipients)) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            # Our own fault, not that of the address: it goes when the password is right again.
            raise NotCarried(f"the mail server refused the login: {error.code}", for_good=False) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            why = f"no answer from the mail server: {type(error).__name__}"
            raise NotCarried(why, for_good=False) from None


def _message(letter: Letter, sender: str) -> EmailMessage:
    """Plain text; tries of the same letter have the same Message-ID, so that programs of mail show one."""
    message = EmailMessage()
    who = sha256(f"{letter.tenant}\x1f{letter.user}".encode()).hexdigest()[:16]
    message["Message-ID"] = f"<{letter.notification_id}.{who}@{sender.rpartition('@')[2]}>"
    message["From"], message["To"], message["Subject"] = sender, letter.address, letter.title
    message["Date"] = formatdate()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.message + "\n")
    return message


def _refusal(code: int) -> NotCarried:
    return NotCarried(f"the mail server answered {code}", for_good=code >= _PERMANENT)
