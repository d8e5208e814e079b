"""Types of arguments that more than one command takes."""

from __future__ import annotations

import argparse
from math import inf


def above_zero(text: str) -> float:
    """A finite number above zero."""
    number = float(text)
    if not 0 < number < inf:
        raise argparse.ArgumentTypeError("must be a number above zero")
    return number
