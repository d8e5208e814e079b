"""Who asks, and what of: the caller as a valid token describes it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from exporter.errors import Refusal, RefusalReason


class Role(StrEnum):
    """What a caller may see: own data, a tenant, everything."""

    USER = "user"
    TENANT_ADMIN = "tenant_admin"
    ADMIN = "admin"


_RANK = {role: rank for rank, role in enumerate(Role)}


class Caller(NamedTuple):
    """A person or program with a valid token; only an admin may be of no tenant."""

    user: str
    role: Role
    tenant: str | None

    def require(self, role: Role) -> None:
        """Let the caller pass with this role or a higher one.

        Raises:
            Refusal: the role is lower.
        """
        if _RANK[self.role] < _RANK[role]:
            raise Refusal(RefusalReason.FORBIDDEN, f"needs the role {role.value}")

    def tenant_asked(self, header: str | None) -> str | None:
        """The tenant that the request is about; None for an admin who asks about all.

        Raises:
            Refusal: X-Tenant-Id names one that the token does not allow.
        """
        if self.role is Role.ADMIN:
            return header or self.tenant
        if header and header != self.tenant:
            raise Refusal(RefusalReason.FOREIGN_TENANT, "the token is of another tenant than X-Tenant-Id")
        return self.tenant
