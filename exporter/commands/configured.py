"""What a command works on: the configuration that is named, and the ledger that it leads to."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from exporter.config import Config, ConfigFile, config_path
from exporter.errors import LedgerUnavailable
from exporter.ledger.embedded import EmbeddedPostgres


def config_file(chosen: argparse.Namespace) -> ConfigFile:
    """The configuration, read; raises ConfigError with all that is wrong with it."""
    return ConfigFile(chosen.config, os.environ, datetime.now(UTC))


def path_of(chosen: argparse.Namespace) -> Path:
    """The file that `config_file` reads."""
    return chosen.config or config_path(os.environ)


def running_dsn(config: Config) -> str | None:
    """The ledger of an exporter that runs here; None where the embedded one has to be started."""
    if config.database_url is not None:
        return config.database_url.get_secret_value()
    embedded = EmbeddedPostgres(Path(config.data_dir))
    return embedded.dsn if embedded.is_taken() else None


def ledger_dsn(config: Config) -> str:
    """The ledger, whether it runs or not.

    Raises:
        LedgerUnavailable: none was ever made.
    """
    if config.database_url is not None:
        return config.database_url.get_secret_value()
    embedded = EmbeddedPostgres(Path(config.data_dir))
    if not embedded.is_made():
        raise LedgerUnavailable(f"there is no ledger in {config.data_dir}")
    return embedded.dsn
