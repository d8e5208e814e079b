"""How many segments an SMS takes, and which character is to blame.

Source: GSM 03.38 and 3GPP TS 23.038; grapheme clusters are kept whole as Twilio's own calculator does, which parts
CR LF and, being older than Unicode 15.1, the conjuncts of Indic scripts
(github.com/TwilioDevEd/message-segment-calculator, 2026-11).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import orjson
import regex

from exporter.vocabulary import Encoding

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_SEPTETS = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENDED, 2)
_ALONE = {Encoding.GSM7: 160, Encoding.UCS2: 70}
_IN_PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}
TWO_SEGMENTS_SEPTETS = 2 * _IN_PART[Encoding.GSM7]
"""What the two parts of a long SMS hold."""
_clusters = regex.compile(r"\r|\p{InCB=Consonant}[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}]*|\X").findall


class Segments(NamedTuple):
    """What a body comes to.

    Attributes:
        number: segments; an empty body takes one.
        units: septets in GSM-7, UTF-16 code units in UCS-2.
        forced_by: the name of the first character that is not in GSM-7, or None.
    """

    encoding: Encoding
    number: int
    units: int
    forced_by: str | None


def segments(body: str, *, smart: bool = False) -> Segments:
    """Count the segments of a body; with `smart`, after Twilio's Smart Encoding has replaced look-alikes."""
    if smart:
        body = body.translate(_smart_encoding())
    stranger = next((character for character in body if character not in _SEPTETS), None)
    if stranger is None:
        sizes = [_SEPTETS[character] for character in body]
        return Segments(Encoding.GSM7, _count(sizes, Encoding.GSM7), sum(sizes), None)
    # A surrogate alone is one code unit, as is every character of the basic plane.
    units = [_units(cluster) for cluster in _clusters(body)]
    return Segments(Encoding.UCS2, _count(units, Encoding.UCS2), sum(units), _name(stranger))


def avoidable_segments(body: str) -> int:
    """How many of the segments of a body Smart Encoding would save."""
    smart = body.translate(_smart_encoding())
    # Most bodies hold nothing that it replaces, and counting twice is slow.
    return 0 if smart == body else max(0, segments(body).number - segments(smart).number)


def in_gsm7(text: str) -> str:
    """The text with look-alikes in place of what is not in GSM-7, and `?` where there is none."""
    smart = text.translate(_smart_encoding())
    return "".join(map(_written, unicodedata.normalize("NFC", smart)))


def _written(character: str) -> str:
    if character in _SEPTETS:
        return character
    stripped = "".join(part for part in unicodedata.normalize("NFKD", character) if part in _SEPTETS)
    return stripped or "?"


def _count(sizes: Iterable[int], encoding: Encoding) -> int:
    """Fill parts one after the other; what does not fit into what is left goes whole into the next."""
    sizes = list(sizes)
    if sum(sizes) <= _ALONE[encoding]:
        return 1
    room = _IN_PART[encoding]
    count, used = 1, 0
    for size in sizes:
        if used + size > room:
            count, used = count + 1, 0
        # A cluster longer than a part cannot be kept whole.
        count, used = count + (used + size - 1) // room, (used + size - 1) % room + 1
    return count


def _units(cluster: str) -> int:
    return sum(2 if character > "\uffff" else 1 for character in cluster)


def _name(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


@cache
def _smart_encoding() -> dict[int, str]:
    table = orjson.loads(files("exporter").joinpath("smart_encoding.json").read_bytes())
    return {ord(character): replacement for character, replacement in table["map"].items()}
