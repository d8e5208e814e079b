"""Where webhooks of ours may go."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from exporter.field_types import Days, Section

Port = Annotated[int, Field(ge=1, le=65_535)]


def _is_network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        raise ValueError("must be a network such as 10.1.0.0/16") from None
    return value


class WebhooksConfig(Section):
    """Where webhooks that tenants ask for may go."""

    ports: list[Port] = Field(
        default=[443], description="Ports that may be called; 80 as well with allow_http."
    )
    allow_http: bool = Field(
        default=False, description="Call http:// too, which anybody on the way can read."
    )
    allowed_networks: list[Annotated[str, AfterValidator(_is_network)]] = Field(
        default=[],
        description="Networks inside that may be called; all others that are not public are refused.",
    )
    endpoints_per_tenant: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=20, description="Endpoints that a tenant may have."
    )
    pause_after_days: Days = Field(
        default=5, description="Days of nothing but failures after which an endpoint is paused."
    )
