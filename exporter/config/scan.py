"""A database scan, as the operator writes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, model_validator

from exporter.config.bigquery_url import is_bigquery, read_url
from exporter.config.profile import Profile
from exporter.field_types import Constant, Cron, LabelName, PositiveS, Section, Table, Text, of_postgresql


def _of_a_known_database(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if not is_bigquery(url):
        return of_postgresql(value)
    read_url(url)
    return value


ScannedUrl = Annotated[SecretStr, AfterValidator(_of_a_known_database)]


class ScanConfig(Section):
    """A database scan."""

    name: LabelName = Field(description="The scan's own name, unique; the label of its metrics.")
    profile: LabelName | None = Field(default=None, description="The ready profile that the tables follow.")
    profile_file: Text | None = Field(default=None, description="Or a file with a profile of your own.")
    definition: Profile | None = Field(default=None, description="Or the profile itself.")
    database_url: ScannedUrl | None = Field(
        default=None, description="PostgreSQL or BigQuery to read, or null for the ledger's own PostgreSQL."
    )
    tables: dict[Table, Table] = Field(
        default={}, description="Tables of the profile that have another name here."
    )
    set: dict[Text, Constant] = Field(
        default={}, description="Event fields that win over the constants of the profile."
    )
    tenants: dict[Text, LabelName] = Field(
        default={}, description="Names of tenants, where the tables have ids."
    )
    interval_s: PositiveS = Field(default=30, description="Seconds between runs.")
    cron: Cron | None = Field(
        default=None,
        description="Or when to run, as five fields of cron in UTC; `interval_s` is then the longest pause.",
    )
    timeout_s: PositiveS = Field(default=10, description="Seconds after which a statement is given up.")
    batch_rows: Annotated[int, Field(ge=100, le=10_000)] = Field(
        default=1_000, description="Rows read at a time where they are read one by one."
    )
    gap_patience_s: PositiveS = Field(
        default=3_600, description="Seconds to wait for a missing id, which may commit late."
    )
    per_user: bool = Field(default=False, description="Whether rows counted in the database keep their user.")

    @model_validator(mode="after")
    def _has_one_profile(self) -> ScanConfig:
        if sum(one is not None for one in (self.profile, self.profile_file, self.definition)) != 1:
            raise ValueError("needs one of `profile`, `profile_file` and `definition`")
        return self
