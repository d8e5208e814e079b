"""A server as a child process."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.e2e.waiting import until

_STOP_S = 10


@asynccontextmanager
async def server_process(command: list[str], address: str, log: Path) -> AsyncIterator[None]:
    """A server that is ready, and told to end when the block does."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        async with aiohttp.ClientSession() as session:

            async def is_ready() -> bool:
                assert process.poll() is None, log.read_text()
                return await _answers(session, f"http://{address}/-/ready")

            await until(is_ready, f"{command[0]} is ready")
        yield
    finally:
        _end(process)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
