"""The profile that a scan names: a ready one, a file of the operator, or what stands in the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from exporter import strict_yaml
from exporter.config.problem import problems_in
from exporter.config.profile import Profile
from exporter.config.profile_meaning import meaning_problems
from exporter.config.scan import ScanConfig
from exporter.errors import ConfigError, Problem
from exporter.strict_yaml import MAX_FILE_BYTES

_FOLDER = files("exporter.scans") / "profiles"


@cache
def ready_profiles() -> dict[str, Profile]:
    """The profiles that come with the program, by name."""
    found = sorted(
        (file for file in _FOLDER.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name
    )
    return {file.name.removesuffix(".yaml"): read_profile(file.read_bytes()) for file in found}


def profile_of(scan: ScanConfig) -> Profile:
    """What a scan reads.

    Raises:
        ConfigError: there is no such profile, or it cannot be used.
    """
    if scan.definition is not None:
        return scan.definition
    if scan.profile_file is not None:
        return read_profile(_bytes_of(scan.profile_file))
    ready = ready_profiles()
    if scan.profile not in ready:
        raise ConfigError([Problem("profile", "unknown profile; `comms-exporter scan --list` names them")])
    return ready[scan.profile]


def read_profile(source: bytes) -> Profile:
    """A profile in YAML.

    Raises:
        ConfigError: with every problem of its shape.
    """
    document = strict_yaml.read(source)
    try:
        return Profile.model_validate(document.data)
    except ValidationError as error:
        places = {path: f"line {line}" for path, line in document.lines.items()}
        problems = list(problems_in(error, Profile, places))
    raise ConfigError(problems)


def profile_problems(scan: ScanConfig) -> Iterator[Problem]:
    """What is wrong with the profile that a scan names, with paths inside the scan."""
    where = "profile" if scan.profile else "profile_file" if scan.profile_file else "definition"
    try:
        problems = list(meaning_problems(profile_of(scan)))
    except ConfigError as error:
        problems = error.problems
    for path, problem in problems:
        yield Problem(where if path == where or not path else f"{where}: {path}", problem)


def _bytes_of(name: str) -> bytes:
    try:
        with Path(name).open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError):
        raise ConfigError([Problem("profile_file", "cannot be read")]) from None
