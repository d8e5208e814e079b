"""`comms-exporter erase`: a person is erased now, beside the exporter if one runs."""

from __future__ import annotations

import argparse
import re

import uvloop

from exporter.api.erasure import EMAIL_PATTERN, NUMBER_PATTERN
from exporter.commands.command import Command
from exporter.commands.configured import config_file, running_dsn
from exporter.commands.ready_ledger import ready_ledger
from exporter.config import ConfigFile
from exporter.event import DEFAULT_TENANT
from exporter.ledger.erasure import Erasure
from exporter.ledger.person import PersonKind

_REQUESTED_BY = "command line"


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", default=DEFAULT_TENANT, help="default: default")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--user", type=_user, help="the application's name of the person; their numbers go too")
    whom.add_argument("--number", type=_number, help="with country code, such as +15550100123")
    whom.add_argument("--email", type=_email)


def _user(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _number(text: str) -> str:
    if not re.fullmatch(NUMBER_PATTERN, text):
        raise argparse.ArgumentTypeError("must be a number with country code, such as +15550100123")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(EMAIL_PATTERN, text):
        raise argparse.ArgumentTypeError("must be an e-mail address")
    return text


def _run(chosen: argparse.Namespace) -> int:
    file = config_file(chosen)
    kind = next(kind for kind in PersonKind if getattr(chosen, kind) is not None)
    dsn = running_dsn(file.config)
    done = uvloop.run(_erase(file, chosen.tenant, kind, getattr(chosen, kind), dsn))
    print(f"erasure {done.erasure_id}")
    for table, rows in sorted(done.counts.items()):
        print(f"{rows:10,}  {table}")
    return 0


async def _erase(file: ConfigFile, tenant: str, kind: PersonKind, subject: str, dsn: str | None) -> Erasure:
    """A running exporter goes on where this ends early, and so does asking again."""
    async with ready_ledger(file, dsn) as (_, ledger):
        erasure_id = await ledger.erasures.request(tenant, kind, subject, _REQUESTED_BY)
        await ledger.erasures.run(tenant, erasure_id)
        return (await ledger.erasures.of(tenant, erasure_id))[0]


ERASE = Command("erase", "take a person out of every table; totals stay", _run, _add_options)
