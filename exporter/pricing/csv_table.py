"""Tables of prices that operators keep as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from exporter.errors import ConfigError, Problem

_Line = TypeVar("_Line")


def read_lines(path: Path, columns: Sequence[str], read: Callable[[dict[str, str]], _Line]) -> list[_Line]:
    """What `read` makes of each line; it refuses one by a KeyError, AttributeError, ValueError or InvalidOperation.

    Raises:
        ConfigError: with every problem of the file.
    """
    lines: list[_Line] = []
    problems: list[Problem] = []
    try:
        with path.open(newline="", encoding="utf-8") as opened:
            for number, row in enumerate(csv.DictReader(opened), start=2):
                try:
                    lines.append(read(row))
                except (KeyError, AttributeError, ValueError, InvalidOperation):
                    problems.append(Problem(f"{path}: line {number}", f"must hold {', '.join(columns)}"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(str(path), f"cannot be read: {error}"))
    if problems:
        raise ConfigError(problems)
    return lines


def amount_usd(text: str) -> Decimal:
    """A finite amount that is not negative.

    Raises:
        ValueError, InvalidOperation: it is none.
    """
    amount = Decimal(text.strip())
    if not amount.is_finite() or amount < 0:
        raise ValueError
    return amount
