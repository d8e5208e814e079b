"""A visit of the page: who looks, at whose numbers, of which time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from exporter.api.caller import Caller, Role
from exporter.api.period import LastDays
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.rollup_query import Owner, Period

_HOUR = timedelta(hours=1)
_HOURS = 24
SPANS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
"""What may be chosen; days are whole ones of UTC with today, the same as the API's."""


class Visit(NamedTuple):
    """What is asked.

    Attributes:
        caller: None where no keys are configured, so that nobody is asked who they are.
        tenant: None is all tenants together.
        span: one of SPANS.
    """

    caller: Caller | None
    tenant: str | None
    span: str

    @property
    def own_only(self) -> bool:
        """Whether only a user's own numbers may be seen."""
        return self.caller is not None and self.caller.role is Role.USER

    @property
    def sees_all_tenants(self) -> bool:
        """Whether a tenant may be chosen."""
        return self.caller is None or (self.caller.role is Role.ADMIN and self.caller.tenant is None)

    @property
    def spans(self) -> dict[str, str]:
        """What may be chosen here: of single users no hours are kept."""
        return {span: words for span, words in SPANS.items() if not (self.own_only and span == "24h")}

    @property
    def owner(self) -> Owner:
        """Whose sums are shown."""
        return Owner(self.tenant, user=self.caller.user if self.caller and self.own_only else None)

    @property
    def hourly(self) -> bool:
        """Whether there is a bar for each hour, and not for each day."""
        return not self.own_only and self.span in ("24h", "7d")

    def period(self, now: datetime) -> Period:
        """From the first moment to the end of the running hour or day."""
        if self.span == "24h":
            end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + _HOUR
            return Period(end - _HOURS * _HOUR, end)
        return LastDays(days=int(self.span.removesuffix("d"))).chosen(now).period


def visit(caller: Caller | None, query: Mapping[str, str]) -> Visit:
    """The visit that an address asks for.

    Raises:
        Refusal: an unknown range, or a tenant that the caller may not see.
    """
    tenant = query.get("tenant") or None
    if tenant is not None and not (len(tenant) <= 128 and tenant.isprintable()):
        raise Refusal(RefusalReason.BAD_PARAMETER, "tenant is no tenant")
    asked = Visit(caller, caller.tenant_asked(tenant) if caller else tenant, "")
    span = query.get("range") or next(iter(asked.spans))
    if span not in asked.spans:
        raise Refusal(RefusalReason.BAD_PARAMETER, f"range must be one of {', '.join(asked.spans)}")
    return asked._replace(span=span)
