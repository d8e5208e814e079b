"""The largest requests that a sender may make, in the shapes that are worst to read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from tests.integration.mutation import PLACE, places, tree_of
from tests.unit.sources.proofs import FORM, PROTOBUF, Sending

Shapes = tuple[Callable[[int], bytes], ...]

_JSON_SHAPES: Shapes = (
    lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    lambda size: b'{"a":' * (size // 5),
    lambda size: b"[" + b"{}," * (size // 3 - 1) + b"{}]",
    lambda size: b"[" + b"9" * (size - 2) + b"]",
    lambda size: b'{"kind":"credit","balance":"' + b"9" * size + b'"}',
    lambda size: b'{"' + b"\\u0061" * (size // 6) + b'":1}',
    lambda size: b"{" + b",".join(b'"%d":1' % n for n in range(size // 11)) + b"}",
    lambda size: b"\n" * size,
    lambda size: b"{}\n" * (size // 3),
    lambda size: b"\xff" * size,
    lambda size: b'"' + b"\\" * (size // 2 * 2) + b'"',
)
_PROTOBUF_SHAPES: Shapes = (
    lambda size: b"\x0a\x00" * (size // 2),
    lambda size: b"\x0a\x02\x12\x00" * (size // 4),
    lambda size: b"\x0a\x04\x12\x02\x12\x00" * (size // 6),
    lambda size: b"\x0b" * size,
    lambda size: b"\xff" * size,
)
_FORM_SHAPES: Shapes = (
    lambda size: urlencode([(f"name{n}", "x" * (size // 10_000)) for n in range(10_000)]).encode(),
    lambda size: b"&" * size,
    lambda size: b"%41" * (size // 3),
    lambda size: b"a=1&" * (size // 4),
    lambda size: b"%26=%3D&" * (size // 8),
    lambda size: b"MessageSid=SM1&MessageStatus=sent&Body=" + b"+" * size,
)
_SHAPES = {FORM: _FORM_SHAPES, PROTOBUF: _PROTOBUF_SHAPES}


def giants(known: list[Sending], size_bytes: int) -> Iterator[Sending]:
    """The worst shapes of each type of content that a sender has, then its own requests swollen."""
    for content_type in sorted({sending.content_type for sending in known}):
        shapes = _SHAPES.get(content_type.partition(";")[0], _JSON_SHAPES)
        yield from (Sending(shape(size_bytes), content_type) for shape in shapes)
    yield from _swollen(known, size_bytes)


def _swollen(known: list[Sending], size_bytes: int) -> Iterator[Sending]:
    """Recorded requests with one of their lists as long as it may be: of its own items, and of empty ones."""
    seen: set[str] = set()
    for sending in known:
        tree = [tree_of(sending.body)]
        for container, key in list(places(tree)):
            items = container[key]
            if isinstance(items, list) and items and str(key) not in seen:
                seen.add(str(key))
                container[key] = PLACE
                around = json.dumps(tree[0])
                container[key] = items
                yield from (sending._replace(body=body) for body in _filled(around, items[0], size_bytes))


def _filled(around: str, item: Any, size_bytes: int) -> Iterator[bytes]:
    for text in (json.dumps(item), "{}", "[]"):
        items = ",".join([text] * (size_bytes // (len(text) + 1)))
        yield around.replace(json.dumps(PLACE), f"[{items}]").encode()
