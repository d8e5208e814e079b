"""Notifications by SMS: Twilio's account sends them, and its receipts are counted like those of any SMS."""

from __future__ import annotations

from exporter.carriers.hand_over import HandOverFailed, HandOverRefused
from exporter.carriers.receipts import receipts_url
from exporter.carriers.twilio_account import Sms, TwilioAccount
from exporter.config import Config
from exporter.ledger.notifications import Letter
from exporter.notifications.carrier import NotCarried
from exporter.segments import TWO_SEGMENTS_SEPTETS, in_gsm7, segments

_MOST_SEGMENTS = 2
_CUT = "..."


class TextMessages:
    """Hands letters to Twilio, each once as far as Twilio can tell."""

    def __init__(self, config: Config) -> None:
        self._sender = config.notifications.sms.sender or ""
        self._receipts_url = receipts_url(config, self._sender)
        self._account = TwilioAccount(config.sources.twilio, config.notifications.sms.api_url)

    async def carry(self, letter: Letter) -> None:
        """See Carrier."""
        body = sms_text(letter.title, letter.message)
        sms = Sms(self._sender, letter.address or "", body, self._receipts_url)
        # An earlier try may have died before it could say what became of it.
        perhaps_sent_since = letter.planned_at if letter.tries > 1 else None
        try:
            await self._account.send(sms, perhaps_sent_since=perhaps_sent_since)
        except HandOverRefused as error:
            raise NotCarried(str(error), for_good=True) from None
        except HandOverFailed as error:
            raise NotCarried(str(error), for_good=False) from None


def sms_text(title: str, message: str) -> str:
    """One line of GSM-7 that takes at most two segments; what is longer is cut."""
    line = in_gsm7(" ".join(f"{title}: {message}".split())).strip()
    if segments(line).number <= _MOST_SEGMENTS:
        return line
    kept = line[:TWO_SEGMENTS_SEPTETS]
    while segments(kept + _CUT).number > _MOST_SEGMENTS:
        kept = kept[:-1]
    return kept + _CUT
