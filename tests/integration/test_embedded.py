"""The embedded PostgreSQL: one exporter to a folder, whoever starts it, whatever is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from exporter.errors import ExporterError
from exporter.ledger.embedded import EmbeddedPostgres
from tests.integration.waiting import until

HOLD_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from exporter.ledger.embedded import EmbeddedPostgres
async def main():
    postgres = EmbeddedPostgres(Path(sys.argv[1]))
    await postgres.start()
    print(postgres.dsn, flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(folder)
    try:
        await postgres.start()
        yield postgres
    finally:
        await postgres.stop()


async def answer(postgres: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(postgres.dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def postmaster_pid(folder: Path) -> int:
    try:
        return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
    except FileNotFoundError:
        return 0


def is_running(pid: int) -> bool:
    """A zombie that nobody has waited for runs no more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


async def test_a_fresh_folder_becomes_a_durable_cluster(tmp_path: Path) -> None:
    async with started(tmp_path / "deep" / "data") as postgres:
        assert await answer(postgres, "SHOW fsync") == "on"
        assert await answer(postgres, "SHOW synchronous_commit") == "on"
        assert await answer(postgres, "SHOW listen_addresses") == ""
        assert await answer(postgres, "SHOW server_encoding") == "UTF8"


async def test_statements_can_be_watched(tmp_path: Path) -> None:
    async with started(tmp_path) as postgres:
        await answer(postgres, "CREATE EXTENSION pg_stat_statements")
        assert await answer(postgres, "SELECT count(*) > 0 FROM pg_stat_statements") is True


async def test_a_clean_end_stops_the_server_and_a_start_finds_the_data(tmp_path: Path) -> None:
    async with started(tmp_path) as postgres:
        await answer(postgres, "CREATE TABLE kept AS SELECT 42 AS number")
        pid = postmaster_pid(tmp_path)
    assert not is_running(pid)
    assert postmaster_pid(tmp_path) == 0
    async with started(tmp_path) as postgres:
        assert await answer(postgres, "SELECT number FROM kept") == 42


async def test_a_killed_server_is_started_again(tmp_path: Path) -> None:
    async with started(tmp_path) as postgres:
        await answer(postgres, "CREATE TABLE kept AS SELECT 42 AS number")
        watch = asyncio.create_task(postgres.watch())
        old = postmaster_pid(tmp_path)
        os.kill(old, signal.SIGKILL)

        async def answers_again() -> bool:
            try:
                return (
                    postmaster_pid(tmp_path) != old
                    and await answer(postgres, "SELECT number FROM kept") == 42
                )
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False

        await until(answers_again)
        assert is_running(postmaster_pid(tmp_path))
        assert not is_running(old)
        watch.cancel()


async def test_a_second_exporter_is_turned_away_and_harms_nothing(tmp_path: Path) -> None:
    async with started(tmp_path) as postgres:
        pid = postmaster_pid(tmp_path)
        second = EmbeddedPostgres(tmp_path)
        with pytest.raises(ExporterError, match="in use by another exporter"):
            await second.start()
        await second.stop()
        assert (is_running(pid), await answer(postgres, "SELECT 1")) == (True, 1)


async def test_a_server_that_outlived_its_exporter_is_taken_over(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD_FOR_EVER, tmp_path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().startswith(b"postgresql://")
        pid = postmaster_pid(tmp_path)
        holder.kill()
    assert is_running(pid)
    async with started(tmp_path) as postgres:
        assert (postmaster_pid(tmp_path), await answer(postgres, "SELECT 1")) == (pid, 1)
    assert not is_running(pid)


async def test_a_kill_in_the_middle_of_making_it_leaves_no_half_cluster(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18")
    async with started(tmp_path) as postgres:
        assert await answer(postgres, "SELECT 1") == 1


async def test_a_pid_file_of_a_server_that_died_with_its_machine_is_no_hindrance(tmp_path: Path) -> None:
    async with started(tmp_path):
        stale = (tmp_path / "postgres" / "postmaster.pid").read_text()
    (tmp_path / "postgres" / "postmaster.pid").write_text(
        stale.replace(stale.split()[0], str(os.getpid()), 1)
    )
    async with started(tmp_path) as postgres:
        assert await answer(postgres, "SELECT 1") == 1


async def test_a_folder_with_a_long_name_works(tmp_path: Path) -> None:
    async with started(tmp_path / ("long" * 25)) as postgres:
        assert await answer(postgres, "SELECT 1") == 1


async def test_a_cluster_of_another_version_is_refused_with_its_reason(tmp_path: Path) -> None:
    async with started(tmp_path):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ExporterError, match="made by PostgreSQL 15"):
        async with started(tmp_path):
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_starts_as_any_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Only code and libraries that this user may read; its own folder is all it may write."""
    folder = Path("/tmp") / f"comms-exporter-test-{os.getpid()}"  # noqa: S108
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    start = "import asyncio, sys; from pathlib import Path; from exporter.ledger.embedded import EmbeddedPostgres as E"
    steps = "p = E(Path(sys.argv[1])); asyncio.run(p.start()); asyncio.run(p.stop())"
    ids = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    search = [
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--securebits=+no_setuid_fixup",
        "--",
    ]
    command = [*ids, *search, sys.executable, "-c", f"{start}; {steps}", str(folder)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.cwd())
        assert ran.returncode == 0, ran.stderr
        assert (folder / "postgres").stat().st_uid == 65534
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


async def test_a_log_that_has_grown_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.log").write_bytes(b"x" * 11_000_000)
    async with started(tmp_path):
        assert (tmp_path / "postgres.log").stat().st_size < 1_000_000
        assert (tmp_path / "postgres.log.1").stat().st_size == 11_000_000
