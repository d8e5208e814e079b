"""The demo keeps the operator's limits and thresholds, and nothing that leads to real data."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from exporter.__main__ import main
from exporter.config import Config, parse
from exporter.config.environment import VARIABLES
from exporter.demo.settings import DemoConfigFile, demo_config
from exporter.demo.signing import fresh_secrets
from exporter.demo.sns import CERTIFICATE_URL, SUBSCRIBE_URL
from exporter.demo.usage_table import usage_rows
from exporter.errors import ConfigError, DocumentUnavailable
from exporter.field_types import secrets

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KNOWN = fresh_secrets()._replace(
    twilio_auth_token="demo-twilio", whatsapp_app_secret="demo-whatsapp", event_token="demo-token"
)
OPERATORS = parse(
    {
        "listen": "127.0.0.1:9000",
        "public_url": "https://hooks.example.com",
        "data_dir": "/srv/comms",
        "database_url": "postgresql://exporter@db.example.com/comms",
        "tenants": ["real"],
        "sources": {"twilio": {"auth_token": "real-secret"}, "track": {"token": "real-token"}},
        "scans": [
            {
                "name": "real",
                "profile": "sms_usage_logs",
                "database_url": "postgresql://reader@app.example.com/app",
            }
        ],
        "sla": {"error_ratio": 0.01},
    }
)


def test_thresholds_limits_and_address_are_the_operators() -> None:
    config = demo_config(OPERATORS, KNOWN)
    assert (config.sla, config.limits, config.listen) == (OPERATORS.sla, OPERATORS.limits, OPERATORS.listen)


def test_the_data_lies_in_a_folder_of_its_own_below_the_operators() -> None:
    assert demo_config(OPERATORS, KNOWN).data_dir == "/srv/comms/demo"
    assert demo_config(Config(), KNOWN).data_dir == "data/demo"


def test_no_real_database_is_written_or_read() -> None:
    config = demo_config(OPERATORS, KNOWN)
    assert config.database_url is None
    assert [scan.database_url for scan in config.scans] == [None]


def test_no_real_secret_tenant_or_public_address_is_used() -> None:
    config = demo_config(OPERATORS, KNOWN)
    assert secrets(config.sources.twilio.auth_token) == (b"demo-twilio",)
    assert secrets(config.sources.whatsapp.app_secret) == (b"demo-whatsapp",)
    assert secrets(config.sources.track.token) == (b"demo-token",)
    assert config.tenants == ["default", "acme", "globex"]
    assert config.public_url is None


def test_secrets_are_new_at_each_start() -> None:
    first, second = fresh_secrets(), fresh_secrets()
    assert len({*first, *second}) == 2 * len(first)
    assert first.sendgrid_public_key != second.sendgrid_public_key
    assert first.sns.certificate != second.sns.certificate


async def test_what_the_exporter_fetches_comes_from_the_demo_and_nothing_else_does() -> None:
    assert b"BEGIN CERTIFICATE" in await KNOWN.sns.fetch(CERTIFICATE_URL)
    assert await KNOWN.sns.fetch(f"{SUBSCRIBE_URL}&Token=1")
    with pytest.raises(DocumentUnavailable):
        await KNOWN.sns.fetch("https://sns.us-east-1.amazonaws.com/elsewhere.pem")


def test_a_reload_keeps_the_demo_apart(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("sla:\n  error_ratio: 0.05\n")
    config_file = DemoConfigFile(file, {"DATABASE_URL": "postgresql://db.example.com/comms"}, NOW, KNOWN)
    assert config_file.reload(NOW) is False
    file.write_text("sla:\n  error_ratio: 0.2\n")
    assert config_file.reload(NOW) is True
    assert config_file.config.sla.error_ratio == 0.2
    assert config_file.config.database_url is None
    assert secrets(config_file.config.sources.twilio.auth_token) == (b"demo-twilio",)


def test_a_bad_file_keeps_the_demo_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("sla: {}\n")
    config_file = DemoConfigFile(file, {}, NOW, KNOWN)
    before = config_file.config
    file.write_text("nonsense: 1\n")
    with pytest.raises(ConfigError):
        config_file.reload(NOW)
    assert config_file.config is before


def test_no_variable_and_no_key_turns_the_demo_on() -> None:
    assert not any("DEMO" in variable.name for variable in VARIABLES)
    assert not any("demo" in key for key in Config.model_fields)


def test_other_commands_do_not_load_the_simulated_senders() -> None:
    names = "[name for name in sys.modules if name.startswith(('exporter.demo', 'twilio'))]"
    code = f"import sys, exporter.__main__; print({names})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("option", [["--rate", "0"], ["--rate", "nan"], ["--for", "-1"], ["--seed", "x"]])
def test_an_impossible_option_is_refused(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["demo", *option])
    assert refused.value.code == 2
    assert option[0] in capsys.readouterr().err


def test_the_rows_of_the_table_follow_from_the_seed() -> None:
    assert list(islice(usage_rows(1), 200)) == list(islice(usage_rows(1), 200))
    assert list(islice(usage_rows(1), 200)) != list(islice(usage_rows(2), 200))


def test_the_rows_hold_successes_failures_and_fictional_numbers() -> None:
    rows = list(islice(usage_rows(1), 500))
    assert {row.success for row in rows} == {True, False}
    assert {row.message_direction for row in rows} == {"inbound", "outbound"}
    assert all((row.error_message is None) is row.success for row in rows)
    assert all(row.phone_number.startswith("+120255501") and len(row.phone_number) == 12 for row in rows)
