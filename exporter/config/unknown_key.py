"""What somebody may have meant by a key that no section has where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from exporter.config.event_fields import EVENT_FIELDS
from exporter.field_types import Section
from exporter.strict_yaml import KeyPath

_IN_A_SECTION = "{%s}"
_WITHIN = {list: "[%s]", dict: "{…: %s}"}


def meant(path: KeyPath, root: type[Section]) -> str:
    """Where the key at the end of `path` belongs if that is one place below, else a key that looks like it."""
    key = str(path[-1])
    section = _section_at(root, path[:-1])
    places = _places(section, key) if section else []
    if len(places) == 1:
        return f"; it belongs in `{places[0]}`"
    close = get_close_matches(key, sorted(_key_names(Section) - {key}), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _section_at(section: type[Section], path: KeyPath) -> type[Section] | None:
    steps = iter(path)
    for step in steps:
        field = section.model_fields.get(str(step))
        inner = next(_sections(field.annotation), None) if field else None
        if inner is None:
            return None
        section, form = inner
        if form != _IN_A_SECTION:
            next(steps, None)  # the place in the list, or the key in the mapping
    return section


def _places(section: type[Section], key: str) -> list[str]:
    """The nearest places that take the key, each as YAML in a line: `sources: {twilio: {auth_token: …}}`."""
    level, seen = [(section, "%s")], {section}
    while level:
        found = [form % place for inner, form in level for place in _own_places(inner, key)]
        if found:
            return found
        level = [one for inner, form in level for one in _below(inner, form) if one[0] not in seen]
        seen.update(inner for inner, _ in level)
    return []


def _own_places(section: type[Section], key: str) -> Iterator[str]:
    if key in section.model_fields:
        yield f"{key}: …"
    elif "set" in section.model_fields and any(key in fields for fields in EVENT_FIELDS.values()):
        yield f"set: {{{key}: …}}"


def _below(section: type[Section], form: str) -> Iterator[tuple[type[Section], str]]:
    for name, field in section.model_fields.items():
        for inner, inner_form in _sections(field.annotation):
            yield inner, form % f"{name}: {inner_form}"


def _sections(annotation: Any, form: str = "%s") -> Iterator[tuple[type[Section], str]]:
    """The sections that a type holds, each with how it is written there."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation, form % _IN_A_SECTION
        return
    for inner in get_args(annotation):
        yield from _sections(inner, form % _WITHIN.get(get_origin(annotation), "%s"))


def _key_names(model: type[BaseModel]) -> set[str]:
    below: Any = (_key_names(child) for child in model.__subclasses__())
    return set(model.model_fields).union(*below)
