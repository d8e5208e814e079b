"""The tokens of a usage, without those that are none."""

from __future__ import annotations

from msgspec.structs import asdict

from exporter.event import Usage


def tokens(usage: Usage) -> dict[str, int]:
    return {field: count for field, count in asdict(usage).items() if count}
