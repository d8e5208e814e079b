"""Senders: each turns bytes and headers into verified events; SourcesConfig lists them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from exporter.field_types import Section
from exporter.sources.log_rule import LogRule
from exporter.sources.mailgun import MailgunConfig
from exporter.sources.sendgrid import SendGridConfig
from exporter.sources.ses import SesConfig
from exporter.sources.source import SenderConfig, Source
from exporter.sources.stripe import StripeConfig
from exporter.sources.track import TrackConfig
from exporter.sources.twilio import TwilioConfig
from exporter.sources.whatsapp import WhatsAppConfig


def _keys_of(section: type[SenderConfig]) -> Any:
    return Field(default=section(), description=section.__doc__)


class SourcesConfig(Section):
    """The senders."""

    twilio: TwilioConfig = _keys_of(TwilioConfig)
    whatsapp: WhatsAppConfig = _keys_of(WhatsAppConfig)
    sendgrid: SendGridConfig = _keys_of(SendGridConfig)
    mailgun: MailgunConfig = _keys_of(MailgunConfig)
    ses: SesConfig = _keys_of(SesConfig)
    stripe: StripeConfig = _keys_of(StripeConfig)
    track: TrackConfig = _keys_of(TrackConfig)


def build(config: SourcesConfig, log_rules: list[LogRule]) -> tuple[Source, ...]:
    """Every sender, made by its part of the configuration."""
    sections: list[SenderConfig] = [getattr(config, name) for name in SourcesConfig.model_fields]
    return tuple(source for section in sections for source in section.sources(tuple(log_rules)))


def routes(sources: Iterable[Source]) -> list[tuple[str, str]]:
    """The (channel, provider) pairs that these senders are known to use."""
    return [route for source in sources for route in source.routes]
