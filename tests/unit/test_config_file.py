"""The configuration in force is replaced only by a good one, and every way of replacing a file is seen."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.config import Config, ConfigFile, parse, restart_needed
from exporter.errors import ConfigError, Problem

STARTED_AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER_AT = STARTED_AT + timedelta(minutes=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("data_dir: one\n")
    return path


def test_the_file_is_loaded_at_once(path: Path) -> None:
    file = ConfigFile(path, {}, STARTED_AT)
    assert (file.config.data_dir, file.loaded_at, file.changed()) == ("one", STARTED_AT, False)


def test_a_bad_file_at_start_is_an_error(path: Path) -> None:
    path.write_text("data_dir: 1\n")
    with pytest.raises(ConfigError):
        ConfigFile(path, {}, STARTED_AT)


def test_a_changed_file_is_seen_and_loaded(path: Path) -> None:
    file = ConfigFile(path, {}, STARTED_AT)
    path.write_text("data_dir: three\n")
    assert file.changed()
    assert file.reload(LATER_AT) is True
    assert (file.config.data_dir, file.loaded_at, file.changed()) == ("three", LATER_AT, False)


def test_loading_the_same_again_changes_nothing_but_the_time(path: Path) -> None:
    file = ConfigFile(path, {}, STARTED_AT)
    before = file.config
    path.write_text("# the same\ndata_dir: one\n")
    assert file.reload(LATER_AT) is False
    assert (file.config, file.loaded_at) == (before, LATER_AT)


@pytest.mark.parametrize(
    "bad", ["data_dir: 1\n", "data_dir: [", "listne: x\n", "sla: {error_ratio: 5}\n", "\0"]
)
def test_a_bad_file_keeps_the_old_configuration(path: Path, bad: str) -> None:
    file = ConfigFile(path, {}, STARTED_AT)
    before = file.config
    path.write_text(bad)
    with pytest.raises(ConfigError):
        file.reload(LATER_AT)
    assert file.config is before
    assert file.loaded_at == STARTED_AT


def test_what_is_made_of_a_configuration_may_refuse_it(path: Path) -> None:
    def refuse(config: Config) -> None:
        raise ConfigError([Problem("pricing.llm_prices", f"no file in {config.data_dir}")])

    file = ConfigFile(path, {}, STARTED_AT)
    before = file.config
    path.write_text("data_dir: two\n")
    with pytest.raises(ConfigError, match="no file in two"):
        file.reload(LATER_AT, refuse)
    assert file.config is before
    assert not file.changed()


def test_a_bad_file_is_reported_once_until_it_changes_again(path: Path) -> None:
    file = ConfigFile(path, {}, STARTED_AT)
    path.write_text("listne: x\n")
    with pytest.raises(ConfigError):
        file.reload(LATER_AT)
    assert not file.changed()
    path.write_text("data_dir: repaired\n")
    assert file.changed()
    assert file.reload(LATER_AT)


def test_a_removed_file_keeps_the_old_configuration_and_its_return_is_seen(path: Path) -> None:
    file = ConfigFile(path, {}, STARTED_AT)
    path.unlink()
    assert file.changed()
    with pytest.raises(ConfigError):
        file.reload(LATER_AT)
    assert file.config.data_dir == "one"
    assert not file.changed()
    path.write_text("data_dir: one\n")
    assert file.changed()


def test_an_atomic_rename_of_the_same_size_and_time_is_seen(path: Path) -> None:
    file = ConfigFile(path, {}, STARTED_AT)
    found = path.stat()
    new = path.with_name("new.yaml")
    new.write_text("data_dir: two\n")
    os.utime(new, ns=(found.st_atime_ns, found.st_mtime_ns))
    new.replace(path)
    assert file.changed()
    assert file.reload(LATER_AT)
    assert file.config.data_dir == "two"


def test_a_swapped_symlink_of_a_mounted_folder_is_seen(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: config.yaml -> ..data/config.yaml, and ..data -> a dated folder."""
    for revision in ("one", "two"):
        (tmp_path / revision).mkdir()
        (tmp_path / revision / "config.yaml").write_text(f"data_dir: {revision}\n")
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "config.yaml").symlink_to("..data/config.yaml")
    file = ConfigFile(tmp_path / "config.yaml", {}, STARTED_AT)
    assert not file.changed()
    (tmp_path / "..data_tmp").symlink_to("two")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert file.changed()
    assert file.reload(LATER_AT)
    assert file.config.data_dir == "two"


def test_a_hard_link_under_another_name_is_seen(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("data_dir: one\n")
    os.link(tmp_path / "one.yaml", tmp_path / "two.yaml")
    link = tmp_path / "config.yaml"
    link.symlink_to("one.yaml")
    file = ConfigFile(link, {}, STARTED_AT)
    link.unlink()
    link.symlink_to("two.yaml")
    assert file.changed()


def test_a_default_file_that_appears_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = ConfigFile(None, {}, STARTED_AT)
    assert not file.changed()
    Path("config.yaml").write_text("data_dir: appeared\n")
    assert file.changed()
    assert file.reload(LATER_AT)


def test_a_rotated_secret_file_is_seen_and_loaded(path: Path) -> None:
    secret = path.with_name("token")
    secret.write_text("old\n")
    file = ConfigFile(path, {"COMMS_EVENT_TOKEN_FILE": str(secret)}, STARTED_AT)
    secret.write_text("new,old\n")
    assert file.changed()
    assert file.reload(LATER_AT)
    token = file.config.sources.track.token
    assert token is not None
    assert token.get_secret_value() == "new,old"


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ({}, []),
        ({"listen": "127.0.0.1:1"}, ["listen"]),
        ({"data_dir": "x", "database_url": "postgres://h"}, ["data_dir", "database_url"]),
        ({"tenants": ["acme"]}, ["tenants"]),
        ({"ledger": {"queue_events": 100}}, ["ledger"]),
        ({"scans": [{"name": "s", "profile": "sms_usage_logs"}]}, ["scans"]),
        ({"sla": {"error_ratio": 0.1}, "sources": {"track": {"token": "x"}}}, []),
        ({"public_url": "https://h", "retention": {"events_days": 1}}, []),
    ],
)
def test_keys_that_need_a_restart_are_named(data: dict[str, object], keys: list[str]) -> None:
    assert restart_needed(Config(), parse(data)) == keys


def test_every_key_that_needs_a_restart_says_so_in_the_shipped_file() -> None:
    from exporter.config.file import FIXED_WHILE_RUNNING

    shipped = (Path(__file__).parents[2] / "config.yaml").read_text()
    marked = set(re.findall(r"^#.*\(restart\).*\n(?:#.*\n)*(\w+):", shipped, re.MULTILINE))
    assert set(FIXED_WHILE_RUNNING) == marked
