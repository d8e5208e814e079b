"""Who may ask the API: how tokens are checked."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from exporter.field_types import LabelName, Secret, Section, Text, given_by, secrets

_LEAST_KEY_BYTES = 32
Algorithm = Literal["HS256", "RS256", "ES256"]


def _long_enough(value: SecretStr) -> SecretStr:
    """RFC 7518, 3.2: a key of HS256 has at least as many bits as the hash."""
    if any(len(key) < _LEAST_KEY_BYTES for key in secrets(value)):
        raise ValueError(f"must have at least {_LEAST_KEY_BYTES} bytes")
    return value


class ApiConfig(Section):
    """Who may ask the API, and which tokens are believed."""

    jwt_secret: Annotated[Secret, AfterValidator(_long_enough)] | None = given_by(
        "COMMS_JWT_SECRET", "Key of HS256 tokens, 32 bytes or more; two while it is rotated."
    )
    jwks_file: Text | None = Field(default=None, description="JSON Web Key Set of RS256 and ES256 tokens.")
    jwks_url: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = Field(
        default=None, description="Where to fetch that key set, in place of a file."
    )
    algorithms: tuple[Algorithm, ...] = Field(
        default=("HS256", "RS256", "ES256"), description="Signatures that are believed.", strict=False
    )
    issuer: Text = Field(default="comms-exporter", description="The `iss` that a token must have.")
    audience: Text = Field(default="comms-exporter", description="The `aud` that a token must have.")
    tenant_claim: Text = Field(default="tenant", description="Claim that holds the caller's tenant.")
    role_claim: Text = Field(
        default="role", description="Claim that holds the caller's role: user, tenant_admin or admin."
    )
    leeway_s: Annotated[float, Field(ge=0, le=300)] = Field(
        default=30, description="Seconds by which clocks may differ."
    )
    tenant_names: dict[LabelName, Text] = Field(
        default={}, description="What tenants are called in answers; their id without a name."
    )
    closed_tenants: list[LabelName] = Field(
        default=[], description="Tenants whose tokens are refused, valid or not."
    )
    cache_bytes: Annotated[int, Field(ge=0, le=1_073_741_824)] = Field(
        default=16_777_216,
        description="Answers about a tenant that are kept to be given again, in bytes; 0: none.",
    )

    @model_validator(mode="after")
    def _one_key_set(self) -> Self:
        if self.jwks_file is not None and self.jwks_url is not None:
            raise ValueError("set jwks_file or jwks_url, not both")
        return self
