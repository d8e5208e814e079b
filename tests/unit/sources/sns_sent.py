"""A message of SNS as it is signed, and why one is refused."""

from __future__ import annotations

import json

import pytest

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.ses import Ses
from exporter.sources.source import Request
from tests.unit.sources.mail_sent import read_sns, ses, sns_signed

HOST = "https://sns.us-east-1.amazonaws.com"
EVENT = json.dumps({"eventType": "Send", "mail": {"messageId": "m1", "destination": ["jane@example.com"]}})
SIGNED = sns_signed({"Message": EVENT})


def refusal(sent: Request, source: Ses | None = None) -> SignatureReason:
    with pytest.raises(SignatureFailure) as failure:
        read_sns(source or ses(), sent)
    return failure.value.reason
