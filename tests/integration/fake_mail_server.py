"""A mail server that remembers what it was told, and refuses what it is asked to refuse."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message


class FakeMailServer:
    """The least that a mail server says; it knows no TLS.

    Attributes:
        mails: in the order they came.
        words: every command that came.
        answers: what a recipient is answered, by address; others are welcome.
        trouble: what everybody is greeted with, while there is any.
    """

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.words: list[str] = []
        self.answers: dict[str, str] = {}
        self.trouble: str | None = None
        self.port = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{self.trouble or '220 fake'}\r\n".encode())
        while line := await reader.readline():
            word, _, rest = line.decode().strip().partition(" ")
            self.words.append(word.upper())
            writer.write(f"{await self._answer(word.upper(), rest, reader, writer)}\r\n".encode())
            await writer.drain()
            if word.upper() == "QUIT":
                break
        writer.close()

    async def _answer(
        self, word: str, rest: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        if word == "RCPT":
            return self.answers.get(rest.partition("<")[2].partition(">")[0], "250 ok")
        if word == "DATA":
            writer.write(b"354 go on\r\n")
            self.mails.append(email.message_from_bytes(await reader.readuntil(b"\r\n.\r\n")))
        return "221 bye" if word == "QUIT" else "250 ok"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeMailServer]:
        """Listen on a free port."""
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self
