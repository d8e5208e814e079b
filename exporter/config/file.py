"""The configuration in force, replaced only by a good one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from exporter.config.environment import secret_files
from exporter.config.loading import config_path, load
from exporter.config.model import Config

FIXED_WHILE_RUNNING = ("listen", "data_dir", "database_url", "tenants", "ledger", "scans")


class _Identity(NamedTuple):
    # The resolved path sees a swapped symlink, the inode an atomic rename, the change time a kept mtime.
    resolved: str
    inode: int = 0
    modified_ns: int = 0
    changed_ns: int = 0
    size_bytes: int = 0


class ConfigFile:
    """The file and environment that configure us, and the Config last made of them.

    Attributes:
        path: the file, or None for the one COMMS_CONFIG names or the default.
        config: in force.
        loaded_at: when `config` was loaded, aware UTC.
    """

    def __init__(self, path: Path | None, environ: Mapping[str, str], now: datetime) -> None:
        """Load at once; raises ConfigError, because there is nothing older to keep."""
        self.path = path
        self.environ = environ
        self._watched = (path or config_path(environ), *secret_files(environ))
        self._seen = self._identities()
        self.config = load(path, environ)
        self.loaded_at = now

    def reload(self, now: datetime, accept: Callable[[Config], object] | None = None) -> bool:
        """Load again; True when something differs.

        `accept` is called with the new configuration before it replaces the old one, and may raise ConfigError.

        Raises:
            ConfigError: the old configuration stays in force; `changed` is quiet until the next change.
        """
        self._seen = self._identities()
        config = load(self.path, self.environ)
        if accept is not None:
            accept(config)
        differs = config != self.config
        self.config, self.loaded_at = config, now
        return differs

    def changed(self) -> bool:
        """Whether the file or a secret's file was changed, replaced or removed since the last attempt."""
        return self._identities() != self._seen

    def _identities(self) -> tuple[_Identity, ...]:
        return tuple(_identity(path) for path in self._watched)


def restart_needed(old: Config, new: Config) -> list[str]:
    """The keys that differ but only take effect after a restart."""
    return [key for key in FIXED_WHILE_RUNNING if getattr(old, key) != getattr(new, key)]


def _identity(path: Path) -> _Identity:
    resolved = os.path.realpath(path)
    try:
        found = Path(resolved).stat()
    except (OSError, ValueError):
        return _Identity(resolved)
    return _Identity(resolved, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
