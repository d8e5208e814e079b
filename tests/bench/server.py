"""Programs under measurement: started on a free port, pinned once ready, and surely gone at the end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, NamedTuple

from tests.bench import cores
from tests.bench.payload import PUBLIC_URL, TWILIO_TOKEN, WHATSAPP_SECRET
from tests.bench.reading import read

_READY_LIMIT_S = 90
_STOP_LIMIT_S = 30
_POLL_S = 0.005
_MIB = 1024


class Server(NamedTuple):
    """A program that answers.

    Attributes:
        ready_s: from its start to the first 200 of /-/ready.
    """

    port: int
    pid: int
    ready_s: float

    @property
    def resident_mib(self) -> float:
        """Memory of the program itself, without its database."""
        return memory_mib(self.pid)


@contextmanager
def exporter(folder: Path, *, series_per_metric: int = 2_000, **sections: Any) -> Iterator[Server]:
    """The exporter with its embedded PostgreSQL in a folder, which may hold a ledger already."""
    config = folder / "config.yaml"
    config.write_text(json.dumps({"limits": {"series_per_metric": series_per_metric}, **sections}))
    settings = {
        "COMMS_CONFIG": str(config),
        "COMMS_DATA_DIR": str(folder / "data"),
        "COMMS_PUBLIC_URL": PUBLIC_URL,
        "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "WHATSAPP_APP_SECRET": WHATSAPP_SECRET,
    }
    try:
        with _running(["-m", "exporter", "--log-level", "WARNING"], settings) as server:
            yield server
    finally:
        _end(_postmaster_pid(folder))


@contextmanager
def peer(*, tenants: int = 0) -> Iterator[Server]:
    """What we are measured against, see tests.bench.peer."""
    with _running(["-m", "tests.bench.peer", str(tenants)], {}) as server:
        yield server


def memory_mib(pid: int) -> float:
    """Resident memory of a process."""
    return _kib(Path(f"/proc/{pid}/status"), "VmRSS:") / _MIB


def postgres_mib(folder: Path) -> float:
    """Memory of an exporter's embedded PostgreSQL, shared pages counted once."""
    postmaster = _postmaster_pid(folder)
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return sum(_kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") for pid in (postmaster, *children)) / _MIB


@contextmanager
def _running(arguments: list[str], settings: Mapping[str, str]) -> Iterator[Server]:
    port = _free_port()
    # Not the caller's environment: it may name a database or secrets.
    environ = {"PATH": os.environ["PATH"], "COMMS_LISTEN": f"127.0.0.1:{port}", **settings}
    began = perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], env=environ)
    try:
        _wait_until_ready(process, port)
        ready_s = perf_counter() - began
        cores.pin_server(process.pid)
        yield Server(port, process.pid, ready_s)
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    limit = perf_counter() + _READY_LIMIT_S
    while perf_counter() < limit:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        with contextlib.suppress(OSError):
            if read(port, "/-/ready").status == 200:
                return
        sleep(_POLL_S)
    raise TimeoutError(f"the server was not ready after {_READY_LIMIT_S} s")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP_LIMIT_S)


def _end(pid: int) -> None:
    """A database that outlived its killed exporter would run for ever."""
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)


def _postmaster_pid(folder: Path) -> int:
    try:
        return int((folder / "data" / "postgres" / "postmaster.pid").read_text().split()[0])
    except (OSError, IndexError):
        return 0


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _kib(file: Path, name: str) -> int:
    """A number of a file under /proc; 0 for a process that is gone."""
    with contextlib.suppress(OSError):
        return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(name))
    return 0
