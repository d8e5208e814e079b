"""The fields of each kind of event, and which values they take."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from exporter.event import NEVER_STATED, OneEvent


def fits(value: Any, wanted: Any) -> bool:
    """Whether a constant can be a field of that type."""
    try:
        msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def is_number(wanted: Any) -> bool:
    """Whether a field of that type takes numbers."""
    if get_origin(wanted) in (Annotated, Union, UnionType):
        return any(is_number(inner) for inner in get_args(wanted))
    return wanted in (int, float, Decimal)


def _fields(struct: type[msgspec.Struct]) -> Iterator[tuple[str, FieldInfo]]:
    for field in (field for field in msgspec.structs.fields(struct) if field.name not in NEVER_STATED):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from ((f"{field.name}.{name}", inner) for name, inner in _fields(field.type))
        yield field.name, field


EVENT_FIELDS = {str(struct.__struct_config__.tag): dict(_fields(struct)) for struct in get_args(OneEvent)}
"""By kind, the fields that a rule or a profile may fill; those of a nested struct with a dot."""
