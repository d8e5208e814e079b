"""Who carries a page: by the channel of a way, to the address that the configuration in force gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from exporter.config import Config
from exporter.event import DEFAULT_TENANT
from exporter.field_types import secrets
from exporter.ledger.pages import Claim
from exporter.paging.hand_over import HandOverRefused
from exporter.paging.people import CALL, EMAIL, address
from exporter.paging.text import mail, sms, speech

if TYPE_CHECKING:
    from exporter.paging.twilio_client import TwilioPages

RECEIPTS = "/webhooks/twilio"


def tenant_of_pages(config: Config) -> str:
    """The tenant whose messages our own pages are, so that they are in no customer's ratio."""
    return config.sources.twilio.tenants.get(config.oncall.sender or "", DEFAULT_TENANT)


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

    def twilio(self) -> TwilioPages:
        """The account that pages are sent from."""
        from exporter.paging.twilio_client import TwilioPages

        twilio = self._config().sources.twilio
        return TwilioPages(
            twilio.account_sid or "", secrets(twilio.auth_token), self._config().oncall.api_url
        )

    async def _sms(self, claim: Claim, to: str) -> str:
        twilio, body = self.twilio(), sms(claim.pages)
        # Twilio has no key that makes a message once; what may have been sent is looked for before it is sent again.
        if claim.unsure and (found := await twilio.find(to, body, claim.since)):
            return found
        # A tenant in the signed address wins over that of the account, which customers' messages share.
        callback = f"{self._config().public_url}{RECEIPTS}?tenant={tenant_of_pages(self._config())}"
        return await twilio.send(self._config().oncall.sender or "", to, body, callback)

    async def _mail(self, claim: Claim, to: str) -> None:
        from exporter.paging.mail import mail_server, send_mail

        oncall = self._config().oncall
        if oncall.smtp_url is None or oncall.email_from is None:
            raise HandOverRefused("the configuration has no mail server any more")
        server = mail_server(oncall.smtp_url.get_secret_value())
        await send_mail(server, oncall.email_from.get_secret_value(), to, *mail(claim.pages))
