"""What SMS of ours need: somebody who sends them, an account, and an address for their receipts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from exporter.errors import Problem
from exporter.field_types import Text
from exporter.sources.twilio import TwilioConfig

_is_sender = re.compile(r"\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}").fullmatch


def _sending(value: str) -> str:
    if not _is_sender(value):
        raise ValueError("must be a number in E.164 or a Messaging Service, MG and 32 digits")
    return value


Sending = Annotated[Text, AfterValidator(_sending)]


def sending_problems(path: str, twilio: TwilioConfig, public_url: str | None) -> Iterator[Problem]:
    """What the section at `path`, which sends SMS, lacks elsewhere."""
    if not ((twilio.account_sid or "").isalnum() and twilio.auth_token):
        yield Problem(path, "needs sources.twilio.account_sid and auth_token to send SMS")
    if public_url is None:
        yield Problem("public_url", "is required: Twilio tells there what became of an SMS")
