"""A program of a few lines in a process of its own, as one that uses the client."""

from __future__ import annotations

import os
import subprocess
import sys


def run(program: str, *, timeout_s: float = 30, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environ},
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
