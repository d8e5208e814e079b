"""Senders: each turns bytes and headers into verified events; `build` lists them."""

from __future__ import annotations

from typing import NamedTuple

from exporter.config import Config
from exporter.sources.log import Log
from exporter.sources.track import Track
from exporter.sources.twilio import Twilio
from exporter.sources.whatsapp import WhatsApp


class Sources(NamedTuple):
    """Every sender we listen to."""

    twilio: Twilio
    whatsapp: WhatsApp
    track: Track
    log: Log


def build(config: Config) -> Sources:
    """Every sender with its part of the configuration."""
    sources = config.sources
    return Sources(
        twilio=Twilio(sources.twilio),
        whatsapp=WhatsApp(sources.whatsapp),
        track=Track(sources.track),
        log=Log(sources.track, tuple(config.logs)),
    )
