"""Style, script and icon: files beside this one, under names that change with what is in them."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FILES = ("page.css", "page.js", "icon.svg")
PREFIX = "/assets/"


class Asset(NamedTuple):
    """One file; `name` holds a part of its hash, so that it may be kept for ever."""

    name: str
    content_type: str
    body: bytes


def _read(file: str) -> Asset:
    body = files("exporter.front_page").joinpath("assets", file).read_bytes()
    stem, _, ending = file.partition(".")
    return Asset(f"{stem}.{sha256(body).hexdigest()[:16]}.{ending}", _TYPES[ending], body)


_OF_FILE = {file: _read(file) for file in _FILES}
ASSETS = {asset.name: asset for asset in _OF_FILE.values()}


def address(file: str) -> str:
    """Where a file is served."""
    return PREFIX + _OF_FILE[file].name
