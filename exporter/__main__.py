"""The command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path

import uvloop

from exporter.api.caller import Caller, Role
from exporter.api.erasure import EMAIL_PATTERN, NUMBER_PATTERN
from exporter.api.token import made
from exporter.app import serve
from exporter.backtest.command import add_options as add_backtest
from exporter.backtest.command import backtest
from exporter.config import Config, ConfigFile, config_path
from exporter.erase_now import erase_now
from exporter.errors import ConfigError, ExporterError, LedgerUnavailable, Problem
from exporter.event import DEFAULT_TENANT
from exporter.explain import FORMATS, explain
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.person import PersonKind
from exporter.ledger.replay import replay
from exporter.price_command import answers
from exporter.pricing.price_lists import read_lists
from exporter.scan_command.options import add_options as add_scan_questions
from exporter.scan_command.options import answers as scan_answers
from exporter.scan_now import scan_now
from exporter.scans.fit import fit
from exporter.sources import build
from exporter.spend.find_savings import find_savings
from exporter.spend.savings import WINDOW_DAYS

_NO_ADDRESS = "https://your-address"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; `serve` when none is named. The answer is the exit status."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=chosen.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    try:
        return int(COMMANDS[chosen.command or "serve"](chosen))
    except ConfigError as error:
        print(f"{chosen.config or config_path(os.environ)} cannot be used:", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
    except (ExporterError, ExceptionGroup) as error:
        leaves = list(_leaves(error))
        if not all(isinstance(leaf, ExporterError | OSError) for leaf in leaves):
            raise
        print(*leaves, sep="\n", file=sys.stderr)
    return 1


def _serve(chosen: argparse.Namespace) -> int:
    uvloop.run(serve(_config_file(chosen)))
    return 0


def _check(chosen: argparse.Namespace) -> int:
    config = _config_file(chosen).config
    read_lists(config.pricing)
    asyncio.run(_check_scans(config))
    print(f"{chosen.config or config_path(os.environ)} is good")
    return 0


async def _check_scans(config: Config) -> None:
    found: list[Problem] = []
    for scan in config.scans:
        url = scan.database_url.get_secret_value() if scan.database_url else _running_dsn(config)
        if url is not None:
            problems, warnings = await fit(scan, url)
            found += problems
            for warning in warnings:
                print(f"warning: {warning}", file=sys.stderr)
    if found:
        raise ConfigError(found)


def _demo(chosen: argparse.Namespace) -> int:
    # Not at the top: no other command may load the simulated senders.
    from exporter.demo.run import Wish, demo

    wish = Wish(chosen.seed, chosen.rate, chosen.for_s)
    uvloop.run(demo(chosen.config, os.environ, wish, partial(print, flush=True)))
    return 0


def _urls(chosen: argparse.Namespace) -> int:
    config = _config_file(chosen).config
    if config.public_url is None:
        print(f"public_url is not set: set it, or read your own for {_NO_ADDRESS}", file=sys.stderr)
    for source in build(config.sources, config.logs):
        for path in (path for path in source.paths if "{" not in path):
            print(f"{source.name:10} {config.public_url or _NO_ADDRESS}{path}{source.url_fragment}")
    return 0


def _logs(chosen: argparse.Namespace) -> int:
    rules = tuple(_config_file(chosen).config.logs)
    try:
        body = sys.stdin.buffer.read() if chosen.explain == Path("-") else chosen.explain.read_bytes()
    except OSError as error:
        print(f"{chosen.explain} cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    for story in explain(rules, chosen.format, body, datetime.now(UTC)):
        print(story)
    return 0


def _price(chosen: argparse.Namespace) -> int:
    names = ("llm_prices", "twilio_prices", "whatsapp_rates")
    given = {name: str(path) for name in names if (path := getattr(chosen, name)) is not None}
    lists = read_lists(_config_file(chosen).config.pricing.model_copy(update=given))
    try:
        for answer in answers(sys.stdin.buffer, lists, datetime.now(UTC)):
            sys.stdout.buffer.write(answer)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has enough; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _savings(chosen: argparse.Namespace) -> int:
    config = _config_file(chosen).config
    try:
        found = asyncio.run(
            find_savings(_ledger_dsn(config), read_lists(config.pricing).llm, datetime.now(UTC))
        )
    except LedgerUnavailable as error:
        raise LedgerUnavailable(f"no answer from the ledger; is the exporter running? {error}") from None
    for saving in found:
        print(f"{saving.amount_usd:12.2f} USD  {saving.tenant}  {saving.hint}  {saving.reason}")
    if not found:
        print(f"nothing to save in the last {WINDOW_DAYS} days")
    return 0


def _token(chosen: argparse.Namespace) -> int:
    caller = Caller(chosen.user, Role(chosen.role), chosen.tenant)
    valid_for = timedelta(hours=chosen.hours)
    print(made(_config_file(chosen).config.api, caller, datetime.now(UTC), valid_for))
    return 0


def _backtest(chosen: argparse.Namespace) -> int:
    config = _config_file(chosen).config
    print(*asyncio.run(backtest(chosen, config, datetime.now(UTC))), sep="\n")
    return 0


def _scan(chosen: argparse.Namespace) -> int:
    config_file = _config_file(chosen)
    if chosen.name is None:
        asyncio.run(_say(scan_answers(chosen, config_file.config, partial(_ledger_dsn, config_file.config))))
        return 0
    uvloop.run(
        scan_now(config_file, chosen.name, chosen.since, _running_dsn(config_file.config), _progress())
    )
    return 0


def _replay(chosen: argparse.Namespace) -> int:
    config, show = _config_file(chosen).config, _progress()

    def done(seq: int, last: int) -> None:
        show(f"replay {seq / last:4.0%}")

    found = asyncio.run(
        replay(_ledger_dsn(config), config.limits.series_per_metric, write=chosen.write, show=done)
    )
    print(f"{found.entries:,} events folded")
    if not found.is_whole:
        print("older events are gone: the checkpoint alone has them, and stays")
    elif not found.different:
        print("the totals are what the ledger says")
    else:
        print(f"different: {', '.join(found.different)}")
        print("replaced; start the exporter again" if found.is_written else "not replaced")
    return 0 if found.is_written or not found.different else 1


def _erase(chosen: argparse.Namespace) -> int:
    config_file = _config_file(chosen)
    kind = next(kind for kind in PersonKind if getattr(chosen, kind) is not None)
    dsn = _running_dsn(config_file.config)
    done = uvloop.run(erase_now(config_file, chosen.tenant, kind, getattr(chosen, kind), dsn))
    print(f"erasure {done.erasure_id}")
    for table, rows in sorted(done.counts.items()):
        print(f"{rows:10,}  {table}")
    return 0


def _progress() -> Callable[[str], None]:
    """A line that is written over on a terminal, else a line a time."""
    if sys.stderr.isatty():
        return lambda text: print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)
    return partial(print, file=sys.stderr, flush=True)


def _running_dsn(config: Config) -> str | None:
    """The ledger of an exporter that runs here; None where the embedded one has to be started."""
    if config.database_url is not None:
        return config.database_url.get_secret_value()
    embedded = EmbeddedPostgres(Path(config.data_dir))
    return embedded.dsn if embedded.is_taken() else None


async def _say(lines: AsyncIterator[str]) -> None:
    async for line in lines:
        print(line, flush=True)


def _ledger_dsn(config: Config) -> str:
    if config.database_url is not None:
        return config.database_url.get_secret_value()
    try:
        return EmbeddedPostgres(Path(config.data_dir)).dsn
    except FileNotFoundError:
        raise LedgerUnavailable(f"{config.data_dir} holds none") from None


COMMANDS = {
    "serve": _serve,
    "check": _check,
    "logs": _logs,
    "price": _price,
    "demo": _demo,
    "urls": _urls,
    "savings": _savings,
    "token": _token,
    "backtest": _backtest,
    "scan": _scan,
    "replay": _replay,
    "erase": _erase,
}


def _config_file(chosen: argparse.Namespace) -> ConfigFile:
    return ConfigFile(chosen.config, os.environ, datetime.now(UTC))


def _leaves(error: Exception) -> Iterator[Exception]:
    """The errors in a group of groups: tasks that run together fail together."""
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="comms-exporter", description=__doc__)
    parser.add_argument(
        "--config", type=Path, help="configuration file (default: COMMS_CONFIG or config.yaml)"
    )
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("serve", help="receive, store and publish (the default)")
    commands.add_parser("check", help="validate the configuration and list every problem")
    commands.add_parser("urls", help="list the address to register with each sender")
    commands.add_parser("savings", help="say what could be saved, by the ledger of a running exporter")
    _add_scan(commands.add_parser("scan", help="run a scan now, or say what it would do"))
    _add_replay(commands.add_parser("replay", help="fold the kept events anew, and compare with the totals"))
    _add_erase(commands.add_parser("erase", help="take a person out of every table; totals stay"))
    _add_logs(commands.add_parser("logs", help="say of each line of a log what the rules make of it"))
    _add_price(commands.add_parser("price", help="read units as NDJSON, write what each costs"))
    _add_token(commands.add_parser("token", help="make a token for trials of the API"))
    add_backtest(commands.add_parser("backtest", help="play history through proposed thresholds"))
    _add_demo(commands.add_parser("demo", help="serve with simulated senders, apart from your own data"))
    return parser


def _add_logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--explain", type=Path, required=True, metavar="FILE", help="lines to try; - for standard input"
    )
    parser.add_argument("--format", choices=tuple(FORMATS), default="ndjson", help="default: ndjson")


def _add_scan(parser: argparse.ArgumentParser) -> None:
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("name", nargs="?", help="of a scan in the configuration, to run it now")
    add_scan_questions(parser, asked)
    parser.add_argument(
        "--since",
        type=_day,
        metavar="DATE",
        help="fill in back to that day (UTC); of a table never read, leave out what is older",
    )


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="replace a checkpoint that differs")


def _add_erase(parser: argparse.ArgumentParser) -> None:
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


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2026-11-20") from None


def _add_price(parser: argparse.ArgumentParser) -> None:
    for option, metavar, what in (
        ("--llm-prices", "FILE", "your own prices of language models"),
        ("--twilio-prices", "DIR", "answers of Twilio's Pricing API"),
        ("--whatsapp-rates", "FILE", "rate card of WhatsApp"),
    ):
        parser.add_argument(option, type=Path, metavar=metavar, help=f"{what} (default: as configured)")


def _add_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", default="dev", help="default: dev")
    parser.add_argument("--role", choices=tuple(Role), default=Role.USER.value, help="default: user")
    parser.add_argument("--tenant", default=DEFAULT_TENANT, help="default: default")
    parser.add_argument("--hours", type=_above_zero, default=12.0, help="hours it is valid (default: 12)")


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, help="tell the same stories again (default: from the clock)")
    parser.add_argument("--rate", type=_above_zero, default=20.0, metavar="EVENTS_PER_S", help="default: 20")
    parser.add_argument(
        "--for", type=_above_zero, dest="for_s", metavar="SECONDS", help="default: until stopped"
    )


def _above_zero(text: str) -> float:
    number = float(text)
    if not 0 < number < inf:
        raise argparse.ArgumentTypeError("must be a number above zero")
    return number


if __name__ == "__main__":
    sys.exit(main())
