"""A database scan, as the operator writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from exporter.field_types import DatabaseUrl, LabelName, PositiveS, Section, Table


class ScanConfig(Section):
    """A database scan."""

    name: LabelName = Field(description="The scan's own name, unique; the label of its metrics.")
    profile: Literal["sms_usage_logs"] = Field(description="The known schema that the table follows.")
    database_url: DatabaseUrl | None = Field(
        default=None, description="PostgreSQL to read, or null for the ledger's own."
    )
    table: Table | None = Field(default=None, description="Table to read, or null for the profile's own.")
    tenant: LabelName = Field(default="default", description="Tenant of every row.")
    provider: LabelName = Field(default="twilio", description="Provider of every row.")
    interval_s: PositiveS = Field(default=30, description="Seconds between runs.")
    timeout_s: PositiveS = Field(default=10, description="Seconds after which a run is given up.")
    batch_rows: Annotated[int, Field(ge=100, le=100_000)] = Field(
        default=5_000, description="Rows read at a time."
    )
    gap_patience_s: PositiveS = Field(
        default=3_600, description="Seconds to wait for a missing id, which may commit late."
    )
