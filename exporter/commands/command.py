"""What a command is: a word of the command line, its options and what it does."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple


def no_options(parser: ArgumentParser) -> None:
    """The command takes none of its own."""


class Command(NamedTuple):
    """One command; `run` answers with the exit status."""

    name: str
    help: str
    run: Callable[[Namespace], int]
    add_options: Callable[[ArgumentParser], None] = no_options
