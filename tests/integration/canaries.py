"""People's data put into recorded requests: a canary in each field that a sender knows, and in all that can fail.

What people are told apart by must never show. A phone number and an e-mail address have a shape, so they must not even
show where a company writes its own words (a template, a model, a queue): those become labels, redacted by shape only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from exporter.sources.source import Request
from tests.integration.mutation import places
from tests.unit.sources.proofs import FORM, Sending
from tests.unit.sources.signers import OURS, STRANGERS, proved, recorded, signer_of

SHAPED = {"phone": "+14155550143", "bare phone": "14155550143", "email": "canary.person@example.com"}
SHAPELESS = {
    "name": "Canaryface Quirkwell",
    "text": "canary-body my balance is low",
    "token": "canary-token-58Hq0x",
    "link": "https://canary.example.com/reset?token=canary-58Hq0x",
}
CANARIES = SHAPED | SHAPELESS
TRACES = ("4155550143", "canary.person", "Canaryface", "Quirkwell", "canary-body", "58Hq0x", "canary.example")


class Field(NamedTuple):
    """A field of a recorded request: where it stands, numbers of list items left out."""

    path: tuple[str, ...]

    def is_one_of(self, names: frozenset[str]) -> bool:
        """Whether the end of its path is among these names."""
        return any(".".join(self.path[at:]) in names for at in range(len(self.path)))


def all_fields(sending: Sending) -> Iterator[Field]:
    """Every place of a text in a request."""
    if sending.content_type.startswith(FORM):
        yield from (Field((name,)) for name, _ in parse_qsl(sending.body.decode(), keep_blank_values=True))
        return
    for line in _trees(sending):
        yield from (Field(path) for path, container, key in _places(line) if isinstance(container[key], str))


def with_canary(sending: Sending, field: Field, canary: str) -> Sending:
    """The request with a canary in that field, wherever it stands."""
    if sending.content_type.startswith(FORM):
        pairs = parse_qsl(sending.body.decode(), keep_blank_values=True)
        spoiled = [(name, canary if (name,) == field.path else value) for name, value in pairs]
        return sending._replace(body=urlencode(spoiled).encode())
    lines = list(_trees(sending))
    for line in lines:
        for path, container, key in list(_places(line)):
            if path == field.path and isinstance(container[key], str):
                container[key] = canary
    return sending._replace(body="\n".join(json.dumps(line[0]) for line in lines).encode())


def full_of(sending: Sending, canary: str) -> Sending:
    """The request with a canary in every text."""
    for field in set(all_fields(sending)):
        sending = with_canary(sending, field, canary)
    return sending


def _trees(sending: Sending) -> Iterator[list[Any]]:
    """Its JSON, or that of each line; each in a list, so that it stands somewhere itself."""
    try:
        yield [json.loads(sending.body)]
    except ValueError:
        for line in sending.body.split(b"\n"):
            try:
                yield [json.loads(line)]
            except ValueError:
                continue


def _places(tree: list[Any]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    paths: dict[int, tuple[str, ...]] = {id(tree): ()}
    for container, key in places(tree):
        path = (*paths[id(container)], key if isinstance(key, str) else "*")
        if isinstance(container[key], dict | list):
            paths[id(container[key])] = path
        yield path, container, key


def infected(path: str) -> Iterator[Sending]:
    """A request for each field that the sender knows and each canary in it, and some that are full of one."""
    first: dict[Field, Sending] = {}
    for sending in recorded(path):
        for field in all_fields(sending):
            first.setdefault(field, sending)
    for field, sending in first.items():
        is_company = field.is_one_of(signer_of(path).company_fields)
        for canary in (SHAPED if is_company else CANARIES).values():
            yield with_canary(sending, field, canary)
    yield from (full_of(sending, canary) for canary in SHAPED.values() for sending in recorded(path))


def refusals(path: str) -> Iterator[Request]:
    """Requests that fail in every way there is, full of canaries."""
    words = " ".join(CANARIES.values())
    sending = next(sending for sending in recorded(path) if sending.body)
    good = proved(path, sending, datetime.now(UTC))
    names = [name for name in good.headers if name.lower() != "content-type"]
    for canary in CANARIES.values():
        quoted = quote(canary, safe="")
        yield good._replace(headers={**good.headers, **dict.fromkeys(names, canary)})
        yield good._replace(url=f"{good.url}?tenant={quoted}&token={quoted}")
        yield good._replace(url=f"{good.url}/{quoted}")
        yield good._replace(headers={**good.headers, "Content-Encoding": canary})
        yield good._replace(headers={**good.headers, "Content-Type": canary})
    unreadable = (words, f'{{"{words}": ', f'["{words}"]', f'{{"{words}": "{words}"}}', words * 3_000)
    for body in unreadable:
        for secret in (OURS, STRANGERS):
            yield proved(path, sending._replace(body=body.encode()), datetime.now(UTC), secret=secret)
    yield good._replace(body=good.body[:-9] + words.encode())
