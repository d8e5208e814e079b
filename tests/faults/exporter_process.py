"""A real exporter in a process of its own, to be killed, stopped and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import aiohttp

from exporter.ledger.embedded import EmbeddedPostgres
from tests.unit.sources.sent import TWILIO_TOKEN, WHATSAPP_SECRET

PUBLIC_URL = "https://exporter.example.com"
_LIMIT_S = 60
_POLL_S = 0.02


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class ExporterProcess:
    """One exporter on one folder and one port, however often it is started.

    Attributes:
        arguments: of the command line.
    """

    def __init__(
        self, folder: Path, environ: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
    ) -> None:
        self.arguments = arguments
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = folder / "data"
        self.config = folder / "config.yaml"
        self.config.touch()
        self._log = folder / "exporter.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._environ = {
            **os.environ,
            "COMMS_CONFIG": str(self.config),
            "COMMS_LISTEN": f"127.0.0.1:{self.port}",
            "COMMS_DATA_DIR": str(self.data_dir),
            "COMMS_PUBLIC_URL": PUBLIC_URL,
            "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
            "WHATSAPP_APP_SECRET": WHATSAPP_SECRET,
            **(environ or {}),
        }

    @property
    def dsn(self) -> str:
        return EmbeddedPostgres(self.data_dir).dsn

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def postmaster_pid(self) -> int:
        """The pid of the embedded PostgreSQL, 0 when it has none."""
        try:
            return int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError):
            return 0

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "exporter", *self.arguments],
                env=self._environ,
                stdout=output,
                stderr=output,
            )

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    async def until_ended(self) -> int:
        """The exit status, once the process is gone."""
        assert self._process is not None
        async with asyncio.timeout(_LIMIT_S):
            while (status := self._process.poll()) is None:
                await asyncio.sleep(_POLL_S)
        return status

    async def until_answered(self, path: str, status: int) -> float:
        """Seconds until a path answers with a status."""
        began = monotonic()
        async with aiohttp.ClientSession() as session, asyncio.timeout(_LIMIT_S):
            while await self._status(session, path) != status:
                await asyncio.sleep(_POLL_S)
        return monotonic() - began

    async def until_ready(self) -> float:
        """Seconds until it says that it is ready."""
        return await self.until_answered("/-/ready", 200)

    async def _status(self, session: aiohttp.ClientSession, path: str) -> int:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.get(self.url + path, timeout=aiohttp.ClientTimeout(5)) as answer:
                return answer.status
        assert self._process is not None
        assert self._process.poll() is None, self.log
        return 0

    def clear_away(self) -> None:
        """End what still runs, also a PostgreSQL that outlived its exporter."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        with contextlib.suppress(ProcessLookupError):
            if pid := self.postmaster_pid:
                os.kill(pid, signal.SIGQUIT)


@asynccontextmanager
async def exporter_process(
    folder: Path, environ: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> AsyncIterator[ExporterProcess]:
    """An exporter that is started and ready, and gone when the block ends."""
    exporter = ExporterProcess(folder, environ, arguments)
    try:
        exporter.start()
        await exporter.until_ready()
        yield exporter
    finally:
        exporter.clear_away()
