"""Every endpoint of the API."""

from __future__ import annotations

from pydantic import Field

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.compliance import compliance_endpoints
from exporter.api.costs import cost_endpoints
from exporter.api.crm import crm_endpoints
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.messages import message_endpoints
from exporter.api.newest import newest_endpoints
from exporter.api.sms import sms_endpoints
from exporter.api.sources import Sources
from exporter.api.usage_endpoints import usage_endpoints


def endpoints(sources: Sources) -> list[Endpoint]:
    """All of them."""
    return [
        Endpoint("GET", "/api/v1/me", "Who the token says you are.", Role.USER, _me, Me),
        *usage_endpoints(sources),
        *sms_endpoints(sources),
        *crm_endpoints(sources),
        *cost_endpoints(sources),
        *compliance_endpoints(sources),
        *newest_endpoints(sources),
        *message_endpoints(sources),
    ]


class Me(Answer):
    """The caller, as the token describes it."""

    user: str = Field(description="Who.")
    role: Role = Field(description="What they may see.")
    tenant: str | None = Field(description="Of which tenant; null for an admin of none.")


async def _me(asked: Asked) -> Me:
    return Me(user=asked.caller.user, role=asked.caller.role, tenant=asked.tenant)
