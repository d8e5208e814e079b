"""config.yaml and the environment become one frozen Config, or every problem with its path."""

from exporter.config.api import ApiConfig
from exporter.config.budget import Budget
from exporter.config.credit import CreditsConfig
from exporter.config.file import ConfigFile, restart_needed
from exporter.config.links import LinksConfig
from exporter.config.loading import config_path, load, parse
from exporter.config.model import Config, LedgerConfig, LimitsConfig, RetentionConfig
from exporter.config.notifications import NotificationsConfig, SmtpConfig
from exporter.config.oncall import AlertmanagerConfig, OncallConfig
from exporter.config.people import Person
from exporter.config.pricing import PricingConfig
from exporter.config.profile import Profile
from exporter.config.profiles import profile_of, ready_profiles
from exporter.config.scan import ScanConfig
from exporter.config.schema import json_schema, write_schema
from exporter.config.sla import SlaConfig, TenantThresholds, Threshold, Thresholds, thresholds

__all__ = [
    "AlertmanagerConfig",
    "ApiConfig",
    "Budget",
    "Config",
    "ConfigFile",
    "CreditsConfig",
    "LedgerConfig",
    "LimitsConfig",
    "LinksConfig",
    "NotificationsConfig",
    "OncallConfig",
    "Person",
    "PricingConfig",
    "Profile",
    "RetentionConfig",
    "ScanConfig",
    "SlaConfig",
    "SmtpConfig",
    "TenantThresholds",
    "Threshold",
    "Thresholds",
    "config_path",
    "json_schema",
    "load",
    "parse",
    "profile_of",
    "ready_profiles",
    "restart_needed",
    "thresholds",
    "write_schema",
]
