"""Where the page at / leads to beside itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from exporter.field_types import Section

WebAddress = Annotated[str, Field(pattern=r"^https?://[^\s\"'<>]+[^\s\"'<>/]$", max_length=512)]


class LinksConfig(Section):
    """Where the page at / leads to beside itself."""

    grafana_url: WebAddress | None = Field(
        default=None, description="Where Grafana answers, such as https://grafana.example, or null."
    )
    docs_url: WebAddress | None = Field(
        default=None, description="Where your copy of the documentation is, or null."
    )
