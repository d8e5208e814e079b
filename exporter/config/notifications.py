"""What users are told, by which mail server, and from which number."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from exporter.config.notification_texts import TextConfig
from exporter.config.sending import Sending
from exporter.field_types import ADDRESS_PATTERN, Origin, Ratio, Secret, Section, Text, given_by

_FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def _number(value: Any) -> Any:
    """A variable of the environment is text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def _flag(value: Any) -> Any:
    return _FLAGS.get(value.lower(), value) if isinstance(value, str) else value


_Port = Annotated[int, Field(ge=1, le=65_535)]


class SmtpConfig(Section):
    """The mail server that notifications go out by; without a host none do."""

    host: Text | None = given_by("SMTP_HOST", "Name of the mail server, or null to send no mail.")
    port: Annotated[_Port, BeforeValidator(_number, json_schema_input_type=_Port)] = Field(
        default=587,
        description="Its port. On 465 a connection begins with TLS, on others STARTTLS begins it.",
    )
    username: Text | None = given_by("SMTP_USERNAME", "Name to log in with, if any.")
    password: Secret | None = given_by("SMTP_PASSWORD", "Password to log in with, if any.")
    from_email: Annotated[str, Field(pattern=ADDRESS_PATTERN)] | None = given_by(
        "SMTP_FROM_EMAIL", "The address that mails are from."
    )
    use_tls: Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool)] = Field(
        default=True, description="Send nothing without TLS. False is for a server on this machine."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.host is not None and self.from_email is None:
            raise ValueError("set from_email, or leave host out")
        if self.password is not None and not self.use_tls:
            raise ValueError("a password needs use_tls")
        if (self.username is None) != (self.password is None):
            raise ValueError("set username and password, or neither")
        return self


class SmsConfig(Section):
    """The number of ours that notifications by SMS come from; without one none go out."""

    sender: Sending | None = Field(
        default=None, description="Number or Messaging Service of ours, or null to send no SMS."
    )
    api_url: Origin = Field(default="https://api.twilio.com", description="Where Twilio's API answers.")


class NotificationsConfig(Section):
    """What users are told, and how."""

    low_credits: Annotated[int, Field(ge=0, le=1_000_000_000)] = Field(
        default=1_000, description="A balance of credits below this is low."
    )
    budget_ratios: list[Ratio] = Field(
        default=[0.8, 1.0], description="Shares of a month's budget whose use is told, 0 to 1."
    )
    smtp: SmtpConfig = Field(default=SmtpConfig(), description="The mail server.")
    sms: SmsConfig = Field(default=SmsConfig(), description="Who sends SMS.")
    texts: dict[str, TextConfig] = Field(
        default={}, description="Words of yours in place of ours, by what is told."
    )
