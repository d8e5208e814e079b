"""Who carries a page: by the channel of a way, to the address that the configuration in force gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from exporter.carriers.hand_over import HandOverRefused
from exporter.carriers.receipts import receipts_url
from exporter.config import Config
from exporter.ledger.pages import Claim
from exporter.paging.people import CALL, EMAIL, address
from exporter.paging.text import mail, sms, speech

if TYPE_CHECKING:
    from exporter.carriers.twilio_account import TwilioAccount


class Carriers:
    """Hands claimed pages over; Twilio's library and the one for mail are loaded when they are first needed."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config

    async def hand_over(self, claim: Claim) -> str | None:
        """Tell a person; the answer is what the carrier calls it.

        Raises:
            HandOverRefused, HandOverFailed.
        """
        to = address(self._config().oncall, claim.way)
        if to is None:
            raise HandOverRefused("the configuration has this way no more")
        if claim.way.channel == EMAIL:
            await self._mail(claim, to)
            return None
        if claim.way.channel == CALL:
            oncall = self._config().oncall
            voice = oncall.voice.get_secret_value() if oncall.voice else oncall.sender or ""
            return await self.twilio().call(voice, to, speech(claim.pages))
        return await self._sms(claim, to)

    def twilio(self) -> TwilioAccount:
        """The account that pages are sent from."""
        from exporter.carriers.twilio_account import TwilioAccount

        return TwilioAccount(self._config().sources.twilio, self._config().oncall.api_url)

    async def _sms(self, claim: Claim, to: str) -> str:
        from exporter.carriers.twilio_account import Sms

        sender = self._config().oncall.sender or ""
        page = Sms(sender, to, sms(claim.pages), receipts_url(self._config(), sender))
        return await self.twilio().send(page, perhaps_sent_since=claim.since if claim.unsure else None)

    async def _mail(self, claim: Claim, to: str) -> None:
        from exporter.paging.mail import mail_server, send_mail

        oncall = self._config().oncall
        if oncall.smtp_url is None or oncall.email_from is None:
            raise HandOverRefused("the configuration has no mail server any more")
        server = mail_server(oncall.smtp_url.get_secret_value())
        await send_mail(server, oncall.email_from.get_secret_value(), to, *mail(claim.pages))
