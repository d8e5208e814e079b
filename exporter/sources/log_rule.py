"""How a log line becomes an event, as the operator writes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from exporter.field_types import Constant, EventKind, LabelName, Section, Text, Wanted


class LogRule(Section):
    """How a log line becomes an event."""

    name: LabelName = Field(description="The rule's own name, unique.")
    match: dict[Text, Wanted] = Field(
        description="Value that each path in the line must have; a list means any of them."
    )
    present: list[Text] = Field(default=[], description="Paths that the line must have, whatever the value.")
    kind: EventKind = Field(description="The kind of event that the line becomes.")
    set: dict[Text, Constant] = Field(default={}, description="Event fields with a constant value.")
    fields: dict[Text, Text] = Field(
        default={}, description="Event fields and the path of each in the line; `a.b` walks down."
    )
    scale: dict[Text, Annotated[float, Field(gt=0)]] = Field(
        default={}, description="Event fields and the factor to multiply by, such as 0.001 for milliseconds."
    )
