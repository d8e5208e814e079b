"""A channel as a parameter of a question."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from exporter.vocabulary import Channel


def _known(value: str) -> str:
    if value not in set(Channel):
        raise ValueError(f"must be one of {', '.join(Channel)}")
    return value


ChannelName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": [word.value for word in Channel]})
]
