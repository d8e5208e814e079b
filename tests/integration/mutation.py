"""Requests that were good once, spoiled by a seeded chance: bytes, structure, values, sizes."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from exporter.sources.source import Request
from tests.unit.sources.proofs import FORM, PROTOBUF, Sending
from tests.unit.sources.sent import NOW
from tests.unit.sources.signers import OURS, STRANGERS, proved, read_well, recorded

SEED = int(os.environ.get("COMMS_FAULT_SEED", "1"))

TEXTS = (
    *("", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "é" * 300, "😀" * 70),
    *(
        "x" * 129,
        "x" * 513,
        "x" * 5_000,
        "9" * 400,
        "http://[",
        "https://a@b:99999/",
        "%ud800",
        '{a="b',
        "\\",
    ),
    *(
        'a"} 1\ncomms_fake_total{x="',
        "'; DROP TABLE events; --",
        "٣",
        "²",
        "{}",
        "[]",
        "null",
        "{a=",
        "%",
        "%00",
    ),
    *(
        "0",
        "00",
        "-0",
        "-1",
        "0x10",
        "1_000",
        "1e131073",
        "1e-131073",
        "NaN",
        "Infinity",
        "usd",
        "jpy",
        "XXX",
    ),
    *("287000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("2026-02-30T00:00:00Z", "2026-11-20T10:00:00Z", "253402300800", "-62135596801"),
    *("99999999999999999", "1760000000000000000", "default"),
)
_ODD = random.Random(7)
TEXTS += (
    "".join(chr(_ODD.randrange(0x1F300, 0x1F5FF)) for _ in range(512)),
    "".join(chr(_ODD.randrange(1, 32)) for _ in range(512)),
    "".join(chr(_ODD.randrange(0x1F300, 0x1F5FF)) for _ in range(128)),
)
"""As long as names and ids may be, in characters that take the most bytes."""
OTHERS: tuple[Any, ...] = (
    *(-1, 0, 1, 2**31, 2**53 + 1, 2**63, 2**64, 2**200, -(2**63), 10**30),
    *(0.1, -0.0, 1e308, 5e-324, 1760000000.5, 1e17, True, False, None),
    *([], {}, [[]], [{}], {"": None}, [None], [[[[]]]], {"code": {}}, ["a", 1, None]),
)
TOKENS = (
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1E+9999999", "01", "+1", "1.", "tru", "'a'"),
    *("/**/1", "undefined", "1,", "[1,]", "{,}", '{"a":1,"a":[]}', '"\t"', '"\x7f"', '"\\x41"'),
    *('"\\ud800"', '"\\u12"', '"\\u0000"', '"\\ud83d\\ude00"'),
    *("1" * 5_000, "-" + "9" * 5_000, "0." + "1" * 5_000, "[" * 300 + "]" * 300, "[" * 1_100),
)
BYTES = (
    *(b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b"\r", b"\n", b"\n\n", b"\\", b'"', b"%", b"&", b"="),
)
PLACE = "\ue000place\ue000"


def spoiled_requests(path: str, number: int, at: datetime = NOW) -> Iterator[tuple[str, Request]]:
    """Each with the name that makes it again: seed, path and number. Some are a stranger's, some changed on the way."""
    known, good = recorded(path), read_well(path)
    for count in range(number):
        name = f"{SEED}/{path}/{count}"
        luck = random.Random(name)
        sending = mutated(luck.choice(good if luck.random() < 0.8 else known), known, luck)
        request = proved(path, sending, at, secret=STRANGERS if luck.random() < 0.05 else OURS)
        if luck.random() < 0.05:
            changed = mutated(sending._replace(body=request.body), known, luck)
            request = request._replace(body=changed.body)
        yield name, request


def mutated(sending: Sending, others: list[Sending], luck: random.Random) -> Sending:
    """The same request with one to three things in it spoiled; `others` are what may be spliced in."""
    for _ in range(luck.choice((1, 1, 1, 2, 3))):
        sending = sending._replace(body=_spoiled(sending, luck.choice(others), luck))
    return sending


def _spoiled(sending: Sending, other: Sending, luck: random.Random) -> bytes:
    if sending.content_type == PROTOBUF and luck.random() < 0.75:
        return _flipped(sending.body, b"", luck)  # lengths stay true, so that what lies behind is read
    if sending.content_type == PROTOBUF or luck.random() < 0.25:
        return luck.choice(_BYTE_OPERATIONS)(sending.body, other.body, luck)
    if sending.content_type.startswith(FORM):
        return _spoiled_form(sending.body, luck)
    return _spoiled_text(sending.body, other.body, luck)


def _spoiled_text(body: bytes, other: bytes, luck: random.Random) -> bytes:
    """JSON, or one line of it; what is neither is spoiled byte by byte."""
    lines = [body] if tree_of(body) is not None else body.split(b"\n")
    at = luck.randrange(len(lines))
    tree = tree_of(lines[at])
    if tree is None:
        return luck.choice(_BYTE_OPERATIONS)(body, other, luck)
    lines[at] = _spoiled_json(tree, tree_of(other), luck)
    return b"\n".join(lines)


def tree_of(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            for key in node if isinstance(node, dict) else range(len(node)):
                yield node, key
                waiting.append(node[key])


def _spoiled_json(tree: Any, other: Any, luck: random.Random) -> bytes:
    tree = [tree]
    container, key = luck.choice(list(places(tree)))
    token = ""
    match luck.randrange(8):
        case 0 | 1:
            container[key] = luck.choice(TEXTS)
        case 2:
            container[key] = deepcopy(luck.choice(OTHERS))
        case 3:
            container[key], token = PLACE, luck.choice(TOKENS)
        case 4:
            del container[key]
        case 5:
            container[key] = luck.choice(
                ([container[key]], {"x": container[key]}, [deepcopy(container[key])] * 3)
            )
        case 6:
            spare = list(places([other]))
            donor, name = luck.choice(spare)
            container[key] = deepcopy(donor[name])
        case _ if isinstance(container, dict):
            container[luck.choice(TEXTS)] = container.pop(key)
    text = json.dumps(tree[0] if tree else None, ensure_ascii=luck.random() < 0.5)
    return (
        text.replace(f'"{PLACE}"', token).replace(json.dumps(PLACE), token).encode("utf-8", "surrogatepass")
    )


def _spoiled_form(body: bytes, luck: random.Random) -> bytes:
    fields = parse_qsl(body.decode("latin-1"), keep_blank_values=True) or [("MessageSid", "SM1")]
    at = luck.randrange(len(fields))
    name, value = fields[at]
    match luck.randrange(5):
        case 0 | 1:
            fields[at] = (name, luck.choice(TEXTS))
        case 2:
            fields.insert(at, (luck.choice((name, luck.choice(TEXTS))), luck.choice(TEXTS)))
        case 3:
            del fields[at]
        case _:
            fields[at] = (luck.choice(TEXTS), value)
    return urlencode(fields, errors="surrogatepass", encoding="utf-8").encode()


def _cut(body: bytes, other: bytes, luck: random.Random) -> bytes:
    return body[: luck.randrange(len(body) + 1)]


def _flipped(body: bytes, other: bytes, luck: random.Random) -> bytes:
    if not body:
        return bytes([luck.randrange(256)])
    at = luck.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 1 << luck.randrange(8)]) + body[at + 1 :]


def _inserted(body: bytes, other: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(body) + 1)
    return body[:at] + luck.choice(BYTES) * luck.choice((1, 1, 3)) + body[at:]


def _without_a_span(body: bytes, other: bytes, luck: random.Random) -> bytes:
    start, end = sorted((luck.randrange(len(body) + 1), luck.randrange(len(body) + 1)))
    return body[:start] + body[end:]


def _spliced(body: bytes, other: bytes, luck: random.Random) -> bytes:
    return body[: luck.randrange(len(body) + 1)] + other[luck.randrange(len(other) + 1) :]


def _repeated(body: bytes, other: bytes, luck: random.Random) -> bytes:
    return body + luck.choice((b"", b"\n", b",", b"&")) + body


_BYTE_OPERATIONS: tuple[Callable[[bytes, bytes, random.Random], bytes], ...] = (
    *(_cut, _flipped, _flipped, _inserted, _without_a_span, _spliced, _repeated),
)
