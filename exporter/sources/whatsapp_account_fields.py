"""The webhook fields of WhatsApp besides `messages`, and the states that each can report.

Source: developers.facebook.com, WhatsApp, webhooks reference (pages of January to March 2026), and the enumerations of
david-lev/pywa (2026).
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """How a field is read.

    Attributes:
        named_by: where the state stands; the first that is given counts.
        states: the documented ones, in lower case.
        lists: the lists of its value; each of their elements is news of its own.
        has_limit: it states how many customers may be written to in a day.
    """

    named_by: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    lists: tuple[str, ...] = ()
    has_limit: bool = False


def _field(words: str, *named_by: str, lists: tuple[str, ...] = (), has_limit: bool = False) -> Field:
    return Field(named_by, frozenset(words.split()), lists, has_limit)


FIELDS = {
    "account_alerts": _field("critical warning informational", "alert_severity"),
    "account_review_update": _field("approved rejected pending deferred", "decision"),
    "account_settings_update": _field("phone_number_settings", "type"),
    "account_update": _field(
        """account_deleted account_offboarded account_reconnected account_restriction account_violation
        ad_account_linked auth_intl_price_eligibility_update business_primary_location_country_update disabled_update
        mm_lite_terms_signed partner_added partner_app_installed partner_app_uninstalled
        partner_client_certification_status_update partner_removed verified_account volume_based_pricing_tier_update""",
        "event",
    ),
    "automatic_events": _field(
        "addtocart initiatecheckout leadsubmitted purchase viewcontent",
        "event_name",
        lists=("automatic_events",),
    ),
    "business_capability_update": Field(has_limit=True),
    "calls": _field(
        "accepted completed connect failed rejected ringing terminate",
        "status",
        "event",
        lists=("calls", "statuses", "errors"),
    ),
    "errors": Field(),
    "flows": _field(
        """client_error_rate endpoint_availability endpoint_error_rate endpoint_latency flow_status_change
        flow_version_expiry_warning flow_version_freeze_warning""",
        "event",
    ),
    "group_lifecycle_update": _field("group_create group_delete", "type", lists=("groups",)),
    "group_participants_update": _field(
        "group_join_request_created group_join_request_revoked group_participants_add group_participants_remove",
        "type",
        lists=("groups",),
    ),
    "group_settings_update": _field("group_settings_update", "type", lists=("groups",)),
    "group_status_update": _field("group_suspend group_suspend_cleared", "type", lists=("groups",)),
    "history": Field(),
    "message_template_components_update": Field(),
    "message_template_quality_update": _field("green yellow red unknown", "new_quality_score"),
    "message_template_status_update": _field(
        """approved archived deleted disabled flagged in_appeal limit_exceeded locked paused pending pending_deletion
        reinstated rejected""",
        "event",
    ),
    "partner_solutions": _field("solution_created solution_updated", "event"),
    "payment_configuration_update": _field("active needs_connecting needs_testing", "status"),
    "phone_number_name_update": _field("approved deferred pending rejected", "decision"),
    "phone_number_quality_update": _field(
        "downgrade flagged onboarding throughput_upgrade unflagged upgrade", "event", has_limit=True
    ),
    "security": _field("pin_changed pin_reset_request pin_reset_success", "event"),
    "smb_app_state_sync": Field(),
    "smb_message_echoes": _field("edit revoke", "type", lists=("message_echoes",)),
    "template_category_update": _field("authentication marketing utility", "new_category"),
    "tracking_events": Field(),
    "user_preferences": _field("", "value", lists=("user_preferences",)),
}
