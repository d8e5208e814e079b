"""Everything that prices can be looked up in, read from the files that the configuration names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from exporter.config.pricing import PricingConfig
from exporter.errors import ConfigError, Problem
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import read_table
from exporter.pricing.sms import SmsPrices, read_countries
from exporter.pricing.sms_history import SmsPriceHistory
from exporter.pricing.whatsapp import WhatsAppPrices, flat, read_rates, shipped
from exporter.vocabulary import Channel, Direction

_Read = TypeVar("_Read")


class Route(NamedTuple):
    """Which messages a per-message price is for."""

    channel: Channel
    provider: str
    direction: Direction


class PriceLists(NamedTuple):
    """What is known of prices; `messages` holds US dollars a message, and goes before the other lists."""

    llm: LlmPrices
    sms: SmsPrices | SmsPriceHistory
    whatsapp: WhatsAppPrices
    messages: Mapping[Route, Decimal] = {}


def read_lists(config: PricingConfig) -> PriceLists:
    """Read every file that the configuration names.

    Raises:
        ConfigError: with every problem of every file.
    """
    problems: list[Problem] = []
    llm = _tried(partial(_llm, config), problems)
    sms = _tried(partial(_sms, config), problems)
    whatsapp = _tried(partial(_whatsapp, config), problems)
    if llm is None or sms is None or whatsapp is None:
        raise ConfigError(problems)
    return PriceLists(llm, sms, whatsapp, dict(_per_message(config)))


def _tried(read: Callable[[], _Read], problems: list[Problem]) -> _Read | None:
    try:
        return read()
    except ConfigError as error:
        problems += error.problems
        return None


def _llm(config: PricingConfig) -> LlmPrices:
    return LlmPrices(read_table(Path(config.llm_prices)) if config.llm_prices else ())


def _sms(config: PricingConfig) -> SmsPrices | SmsPriceHistory:
    if config.twilio_prices is None:
        return SmsPriceHistory([], [])
    folder = Path(config.twilio_prices)
    if not folder.is_dir():
        raise ConfigError([Problem("pricing.twilio_prices", f"{folder} is no folder")])
    countries = read_countries(folder)
    if not countries:
        raise ConfigError([Problem("pricing.twilio_prices", f"{folder} holds no price list")])
    return SmsPrices(countries, f"twilio {folder.name}")


def _whatsapp(config: PricingConfig) -> WhatsAppPrices:
    if config.whatsapp_rates is not None:
        path = Path(config.whatsapp_rates)
        volumes = {(name[:2], name[3:]): number for name, number in config.whatsapp_volumes.items()}
        return WhatsAppPrices(read_rates(path), path.name, volumes)
    if config.whatsapp_flat_usd is not None:
        return flat(config.whatsapp_flat_usd)
    return shipped()


def _per_message(config: PricingConfig) -> Iterator[tuple[Route, Decimal]]:
    for provider, usd in config.email_usd.items():
        yield Route(Channel.EMAIL, provider, Direction.OUTBOUND), usd
    for name, usd in config.message_usd.items():
        channel, provider, *rest = name.split("/")
        yield Route(Channel(channel), provider, Direction.INBOUND if rest else Direction.OUTBOUND), usd
