"""`bigquery://project/dataset?…`: which tables to read, as whom, and how much a query may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, ValidationError

from exporter.field_types import Origin, Section, Text

SCHEME = "bigquery"
PROJECT_PATTERN = r"^[a-z0-9.:-]{4,128}$"
DATASET_PATTERN = r"^[A-Za-z0-9_]{1,1024}$"


class BigQueryUrl(Section):
    """The parts of the URL; the words are those of sqlalchemy-bigquery where it has one."""

    project: Annotated[str, Field(pattern=PROJECT_PATTERN)]
    dataset: Annotated[str, Field(pattern=DATASET_PATTERN)]
    location: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{2,64}$")] | None = None
    credentials_path: Text | None = None
    maximum_bytes_billed: Annotated[int, Field(ge=10_485_760, strict=False)] = 10_737_418_240
    api_url: Origin = "https://bigquery.googleapis.com"


def is_bigquery(url: str) -> bool:
    """Whether a database URL is one of ours."""
    return urlsplit(url).scheme == SCHEME


def read_url(url: str) -> BigQueryUrl:
    """The parts of a URL.

    Raises:
        ValueError: a part is missing, unknown or cannot be; said without the URL.
    """
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    given = {**asked, "project": unquote(parts.netloc), "dataset": unquote(parts.path.strip("/"))}
    try:
        return BigQueryUrl.model_validate(given)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"must be bigquery://project/dataset?…: {'; '.join(problems)}") from None


def credentials_path(url: BigQueryUrl, environ: Mapping[str, str]) -> str | None:
    """Where the key lies: in the URL, else where Google's own libraries look."""
    return url.credentials_path or environ.get("GOOGLE_APPLICATION_CREDENTIALS") or None
