"""config.yaml and the environment become one frozen Config, or every problem with its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from exporter import strict_yaml
from exporter.config import meaning
from exporter.config.environment import CONFIG_VARIABLE, DEFAULT_PATH, put, settings
from exporter.config.model import Config
from exporter.config.problem import dotted, located, problems_in
from exporter.errors import ConfigError, Problem
from exporter.strict_yaml import MAX_FILE_BYTES, Document, KeyPath

_Read = TypeVar("_Read")


def config_path(environ: Mapping[str, str]) -> Path:
    """The file that COMMS_CONFIG names, else config.yaml."""
    return Path(environ.get(CONFIG_VARIABLE) or DEFAULT_PATH)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read and check everything an operator has set.

    Args:
        path: the file, which must exist; None means the one COMMS_CONFIG names, which must exist too, or
            config.yaml, without which the defaults hold.
        environ: wins over the file.

    Raises:
        ConfigError: with every problem of the first stage that has any: reading, then shape, then meaning.
    """
    problems: list[Problem] = []
    document = _tried(partial(_document, path, environ), problems)
    found = _tried(partial(settings, environ), problems)
    if document is None or found is None:
        raise ConfigError(problems)
    places: dict[KeyPath, str] = {key: f"line {line}" for key, line in document.lines.items()}
    for setting in found:
        put(document.data, setting)
        places[setting.path] = setting.origin
    return parse(document.data, places)


def parse(data: dict[str, Any], places: Mapping[KeyPath, str] | None = None) -> Config:
    """Check plain data; `places` says where each key was written.

    Raises:
        ConfigError: with every problem of shape, or where there is none, of meaning.
    """
    places = places or {}
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        problems = list(problems_in(error, Config, places))
    else:
        by_name = {dotted(path): place for path, place in places.items()}
        problems = [located(found, by_name.get(found.path, "")) for found in meaning.problems(config)]
        if not problems:
            return config
    # Raised out of reach of the validation error, which holds the values it refuses.
    raise ConfigError(problems)


def _tried(read: Callable[[], _Read], problems: list[Problem]) -> _Read | None:
    try:
        return read()
    except ConfigError as error:
        problems += error.problems
        return None


def _document(path: Path | None, environ: Mapping[str, str]) -> Document:
    file = path or config_path(environ)
    may_be_missing = path is None and not environ.get(CONFIG_VARIABLE)
    try:
        with file.open("rb") as opened:
            source = opened.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        if may_be_missing:
            return Document({}, {})
        raise ConfigError([Problem(str(file), "no such file")]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise ConfigError([Problem(str(file), f"cannot be read: {reason.lower()}")]) from None
    return strict_yaml.read(source)
