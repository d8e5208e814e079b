"""`comms-exporter price`: units come in, what each costs goes out."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from exporter.commands.command import Command
from exporter.commands.configured import config_file
from exporter.commands.priced_units import answers
from exporter.pricing.price_lists import read_lists


def _add_options(parser: argparse.ArgumentParser) -> None:
    for option, metavar, what in (
        ("--llm-prices", "FILE", "your own prices of language models"),
        ("--twilio-prices", "DIR", "answers of Twilio's Pricing API"),
        ("--whatsapp-rates", "FILE", "rate card of WhatsApp"),
    ):
        parser.add_argument(option, type=Path, metavar=metavar, help=f"{what} (default: as configured)")


def _run(chosen: argparse.Namespace) -> int:
    names = ("llm_prices", "twilio_prices", "whatsapp_rates")
    given = {name: str(path) for name in names if (path := getattr(chosen, name)) is not None}
    lists = read_lists(config_file(chosen).config.pricing.model_copy(update=given))
    try:
        for answer in answers(sys.stdin.buffer, lists, datetime.now(UTC)):
            sys.stdout.buffer.write(answer)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has enough; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


PRICE = Command("price", "read units as NDJSON, write what each costs", _run, _add_options)
