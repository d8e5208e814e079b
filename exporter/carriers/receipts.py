"""Where Twilio tells what became of an SMS of ours: the exporter counts it like any other."""

from __future__ import annotations

from exporter.config import Config
from exporter.event import DEFAULT_TENANT

_PATH = "/webhooks/twilio"


def tenant_of(config: Config, sender: str) -> str:
    """The tenant whose messages those of a number or Messaging Service are."""
    return config.sources.twilio.tenants.get(sender, DEFAULT_TENANT)


def receipts_url(config: Config, sender: str) -> str:
    """What Twilio calls, and signs."""
    # A tenant in the signed address wins over that of the account, which customers' messages share.
    return f"{config.public_url}{_PATH}?tenant={tenant_of(config, sender)}"
