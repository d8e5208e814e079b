"""The generations of Prometheus and Alertmanager on this machine: the installed one, and those beside it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_FOUND = (path for path in (ROOT / ".tools").glob("*") if (path / "usr/bin/promtool").exists())
# Debian's sid is the newest, whatever the others are called.
_BESIDE = sorted(_FOUND, key=lambda path: (path.name == "sid", path.name))
GENERATIONS = ("installed", *(path.name for path in _BESIDE))
# What takes minutes on each: older generations run in `make faults`.
NEWEST_FIRST = [GENERATIONS[-1], *(pytest.param(one, marks=pytest.mark.faults) for one in GENERATIONS[:-1])]


def program(name: str, generation: str = "installed") -> str:
    """The path of a program; where it is missing, starting it fails the test, and so it should."""
    return name if generation == "installed" else str(ROOT / ".tools" / generation / "usr/bin" / name)


def run(*command: str | Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run in the repository's root; the answer holds both outputs."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def succeed(*command: str | Path, environment: dict[str, str] | None = None) -> str:
    """Run, and fail with what it printed unless it succeeds."""
    done = run(*command, environment=environment)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
