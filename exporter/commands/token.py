"""`comms-exporter token`: a token for trials of the API."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

from exporter.api.caller import Caller, Role
from exporter.api.token import made
from exporter.commands.argument_types import above_zero
from exporter.commands.command import Command
from exporter.commands.configured import config_file
from exporter.event import DEFAULT_TENANT


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", default="dev", help="default: dev")
    parser.add_argument("--role", choices=tuple(Role), default=Role.USER.value, help="default: user")
    parser.add_argument("--tenant", default=DEFAULT_TENANT, help="default: default")
    parser.add_argument("--hours", type=above_zero, default=12.0, help="hours it is valid (default: 12)")


def _run(chosen: argparse.Namespace) -> int:
    caller = Caller(chosen.user, Role(chosen.role), chosen.tenant)
    valid_for = timedelta(hours=chosen.hours)
    print(made(config_file(chosen).config.api, caller, datetime.now(UTC), valid_for))
    return 0


TOKEN = Command("token", "make a token for trials of the API", _run, _add_options)
