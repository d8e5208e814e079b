"""What may stand under `database_url` of a scan."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from exporter.config import ScanConfig


def scan(url: str) -> ScanConfig:
    return ScanConfig.model_validate({"name": "crm", "profile": "whatsapp_crm", "database_url": url})


@pytest.mark.parametrize(
    "url", ["postgresql://reader@db/app", "postgres://db/app", "bigquery://our-project/crm"]
)
def test_postgresql_and_bigquery_are_known(url: str) -> None:
    given = scan(url).database_url
    assert given is not None
    assert given.get_secret_value() == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://reader:hunter2@db/app", "must start with postgres:// or postgresql://"),
        ("bigquery://our-project?credentials_path=/run/hunter2.json", "dataset: "),
        ("bigquery://our-project/crm?password=hunter2", "password: "),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_it(url: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        scan(url)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
