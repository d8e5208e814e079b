"""JSON as the standard has it: no NaN, no byte order mark, nothing behind the value, bounded depth."""

from __future__ import annotations

import json
from typing import NoReturn, TypeVar

import msgspec

from exporter.errors import Reason, Rejected

Value = TypeVar("Value")


def decode_body(
    decoder: msgspec.json.Decoder[Value], body: bytes, *, unwritable: str = "surrogatepass"
) -> Value:
    """Decode a whole body; lone surrogates, which JSON allows and UTF-8 does not, pass where unread.

    With `unwritable="replace"` they become question marks, and are read like any other.

    Raises:
        Rejected: the body is not JSON, or not of the decoder's type.
    """
    try:
        # msgspec checks the bytes of a string only where it reads it.
        return decoder.decode(body.decode())
    except msgspec.ValidationError as error:
        raise Rejected(Reason.MALFORMED_BODY, plain(error)) from None
    except msgspec.DecodeError:
        return _decode_with_lone_surrogates(decoder, body, unwritable)
    except (RecursionError, UnicodeDecodeError) as error:
        raise Rejected(Reason.MALFORMED_BODY, _NOT_JSON) from error


def plain(error: msgspec.ValidationError) -> str:
    """What is wrong and where, without the value that was wrong."""
    problem, _, path = str(error).partition(" - at ")
    if problem.startswith("Invalid") and "'" in problem:
        problem = "not a known value"
    where = path.strip("`").removeprefix("$").removeprefix(".")
    return f"{where}: {problem}" if where else problem


_NOT_JSON = "the body is not valid JSON"


def _decode_with_lone_surrogates(decoder: msgspec.json.Decoder[Value], body: bytes, unwritable: str) -> Value:
    """Decode again with the escapes as bytes: msgspec then refuses only the strings that it reads."""
    try:
        tree = json.loads(body.decode(), parse_constant=_refuse_constant)
        text = json.dumps(tree, ensure_ascii=False, allow_nan=False)
        return decoder.decode(text.encode("utf-8", unwritable))
    except (ValueError, RecursionError) as error:
        raise Rejected(Reason.MALFORMED_BODY, _NOT_JSON) from error


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)
