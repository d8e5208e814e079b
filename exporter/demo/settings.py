"""The configuration of the demo: the operator's limits and thresholds, but nothing that leads to real data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from exporter.config import Config, ConfigFile, parse
from exporter.demo.llm_stories import LOG_EVENT
from exporter.demo.signing import Secrets
from exporter.demo.world import COMPANIES, GLOBEX

_FOLDER = "demo"
_CHECKPOINT_S = 2
_SCAN_S = 2
_BUDGET_USD = 500


class DemoConfigFile(ConfigFile):
    """The operator's file as the demo uses it, also when it changes."""

    def __init__(self, path: Path | None, environ: Mapping[str, str], now: datetime, known: Secrets) -> None:
        super().__init__(path, environ, now)
        self._known = known
        self.config = demo_config(self.config, known)

    def reload(self, now: datetime, accept: Callable[[Config], object] | None = None) -> bool:
        """See ConfigFile.reload."""
        before = self.config
        super().reload(now, accept)
        self.config = demo_config(self.config, self._known)
        return self.config != before


def demo_config(operators: Config, known: Secrets) -> Config:
    """Senders, tenants, scans and database are the demo's own; its folder lies inside the operator's."""
    return parse(
        {
            "listen": operators.listen,
            "data_dir": str(Path(operators.data_dir) / _FOLDER),
            "retention": operators.retention,
            "limits": operators.limits,
            "links": operators.links,
            "sla": operators.sla,
            "pricing": operators.pricing,
            "tenants": [company.tenant for company in COMPANIES],
            "budgets": [{"tenant": company.tenant, "limit_usd": _BUDGET_USD} for company in COMPANIES],
            "credits": {"used_per_usd": 1000, "sold_per_usd": "1000/1.15"},
            "ledger": {"checkpoint_interval_s": _CHECKPOINT_S},
            "sources": _sources(known),
            "logs": [_log_rule()],
            "scans": [_scan()],
        }
    )


def _sources(known: Secrets) -> dict[str, Any]:
    return {
        "twilio": {
            "auth_token": known.twilio_auth_token,
            "tenants": {company.account_sid: company.tenant for company in COMPANIES},
        },
        "whatsapp": {
            "app_secret": known.whatsapp_app_secret,
            "tenants": {company.business_account_id: company.tenant for company in COMPANIES},
            "senders": {company.sender: f"{company.tenant}-main" for company in COMPANIES},
        },
        "sendgrid": {"public_key": known.sendgrid_public_key},
        "mailgun": {
            "signing_key": known.mailgun_signing_key,
            "tenants": {company.mail_domain: company.tenant for company in COMPANIES},
        },
        "ses": {
            "topic_arns": [company.topic_arn for company in COMPANIES],
            "tenants": {company.topic_arn: company.tenant for company in COMPANIES},
        },
        "stripe": {
            "webhook_secret": known.stripe_secret,
            "tenants": {company.stripe_account: company.tenant for company in COMPANIES},
        },
        "track": {"token": known.event_token},
    }


def _log_rule() -> dict[str, Any]:
    same = ("tenant", "provider", "model", "usage")
    fields = dict(zip(same, same, strict=True))
    return {
        "name": "demo-llm-calls",
        "match": {"event": LOG_EVENT},
        "kind": "llm",
        "fields": {**fields, "event_id": "id", "latency_seconds": "duration_ms"},
        "scale": {"latency_seconds": 0.001},
    }


def _scan() -> dict[str, Any]:
    return {
        "name": "demo-sms-usage",
        "profile": "sms_usage_logs",
        "set": {"tenant": GLOBEX.tenant, "provider": "router"},
        "interval_s": _SCAN_S,
    }
