"""Every metric this program publishes: the contract that README, rules and dashboards are tested against."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Prometheus metric types we use."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Origin(StrEnum):
    """What a number is about: the ledger (the same on every replica) or this process."""

    FOLD = "fold"
    PROCESS = "process"


class Family(NamedTuple):
    """One metric family; `name` is as written in a query, with `_total` for counters.

    `open_labels` are labels of this family whose values come from outside, beside those of OPEN_LABELS.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    origin: Origin = Origin.FOLD
    buckets: tuple[float, ...] = ()
    open_labels: frozenset[str] = frozenset()


OPEN_LABELS = frozenset(
    {
        "tenant",
        "provider",
        "model",
        "action",
        "endpoint",
        "api",
        "queue",
        "worker",
        "field",
        "template",
        "name",
        "sender",
        "currency",
    }
)
"""Labels whose values come from outside; over the cap they become OVERFLOW, so that sums stay right."""
OVERFLOW = "_other"

_APP_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)
_DELIVERY_S = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 7200.0, 86400.0)
_RESPONSE_S = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86400.0)
_TALK_S = (10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 7200.0, 86400.0)
_APPEND_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
_PAGE_S = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_SCAN_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_BATCH = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)

_C, _G, _H = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM
_P = Origin.PROCESS
_ROUTE = ("tenant", "channel", "provider")

FOLD_FAMILIES = (
    Family(
        "comms_messages_total",
        _C,
        "Message steps, each (message, status) pair counted once.",
        (*_ROUTE, "direction", "status"),
    ),
    Family(
        "comms_message_errors_total",
        _C,
        "Messages that failed or were not delivered, by what the provider's error code means.",
        (*_ROUTE, "error_class"),
    ),
    Family(
        "comms_message_segments_total",
        _C,
        "SMS segments, counted where the sender of the event states them.",
        ("tenant", "provider", "direction", "encoding"),
    ),
    Family(
        "comms_message_processing_seconds",
        _H,
        "The application's own time to handle a message, in seconds.",
        _ROUTE,
        buckets=_APP_S,
    ),
    Family(
        "comms_message_delivery_seconds",
        _H,
        "From sent to delivered by the provider's own times, in seconds.",
        _ROUTE,
        buckets=_DELIVERY_S,
    ),
    Family(
        "comms_message_response_seconds",
        _H,
        "From the customer's message to the answer, in seconds.",
        _ROUTE,
        buckets=_RESPONSE_S,
    ),
    Family(
        "comms_engagements_total",
        _C,
        "Opens, clicks, replies and actions, people and machines apart.",
        ("tenant", "channel", "action", "actor"),
    ),
    Family(
        "comms_messages_engaged_total",
        _C,
        "Messages opened, clicked or replied to, each counted once an action and actor.",
        ("tenant", "channel", "action", "actor"),
    ),
    Family(
        "comms_template_messages_total",
        _C,
        "Messages of a template that reached a status, each counted once; `clicked` by a person.",
        ("tenant", "template", "status"),
    ),
    Family(
        "comms_clock_skew_total",
        _C,
        "Times that clocks measured backwards: delivered before sent, or answered before asked; counted as 0 s.",
        ("channel", "provider", "measure"),
    ),
    Family("comms_conversations_total", _C, "Conversation states reached.", ("tenant", "state")),
    Family("comms_handoffs_total", _C, "Handoffs from a machine to a person.", ("tenant", "trigger")),
    Family(
        "comms_conversation_duration_seconds",
        _H,
        "How long conversations lasted, counted when they end, in seconds.",
        ("tenant",),
        buckets=_TALK_S,
    ),
    Family(
        "comms_handoff_wait_seconds",
        _H,
        "How long customers waited for a person, in seconds.",
        ("tenant",),
        buckets=_TALK_S,
    ),
    Family(
        "comms_llm_requests_total",
        _C,
        "Calls to language models.",
        ("tenant", "provider", "model", "status"),
    ),
    Family(
        "comms_llm_tokens_total",
        _C,
        "Tokens of language models; the token types do not overlap.",
        ("tenant", "provider", "model", "token_type"),
    ),
    Family(
        "comms_llm_latency_seconds",
        _H,
        "Time of calls to language models, in seconds.",
        ("tenant", "provider", "model"),
        buckets=_APP_S,
    ),
    Family(
        "comms_cost_usd_total",
        _C,
        "Money spent in US dollars, fixed when the event was stored.",
        (*_ROUTE, "component", "basis"),
    ),
    Family(
        "comms_cost_bound_usd_total",
        _C,
        "Lowest and highest that the estimated money can be, where what decides between prices is unknown.",
        (*_ROUTE, "bound"),
    ),
    Family(
        "comms_encoding_waste_usd_total",
        _C,
        "Money for SMS segments that Smart Encoding would have saved, part of the estimated cost.",
        ("tenant", "template"),
    ),
    Family(
        "comms_unpriced_units_total",
        _C,
        "Units that cost money but had no price when they were stored.",
        ("channel", "provider", "reason"),
    ),
    Family("comms_payments_total", _C, "Payments by customers.", ("tenant", "state")),
    Family(
        "comms_payment_amount_usd_total",
        _C,
        "Money of payments where it is known in US dollars.",
        ("tenant", "state"),
    ),
    Family(
        "comms_payment_amount_total",
        _C,
        "Money of payments in units of their own currency.",
        ("tenant", "state", "currency"),
    ),
    Family("comms_credits_bought_total", _C, "Prepaid credits bought.", ("tenant",)),
    Family("comms_credits_used_total", _C, "Prepaid credits used.", ("tenant",)),
    Family(
        "comms_outcome_usd_total",
        _C,
        "Money that users gained or lost by acting on messages, in US dollars.",
        ("tenant", "action", "direction"),
    ),
    Family(
        "comms_outbound_webhooks_total",
        _C,
        "Attempts to call customers' webhooks.",
        ("endpoint", "outcome"),
    ),
    Family(
        "comms_outbound_webhook_seconds",
        _H,
        "Time of attempts to call customers' webhooks, in seconds.",
        ("endpoint", "outcome"),
        buckets=_APP_S,
    ),
    Family(
        "comms_account_events_total",
        _C,
        "What providers say about accounts, templates and numbers, and webhook fields we do not know.",
        ("tenant", "provider", "field", "state"),
        open_labels=frozenset({"state"}),
    ),
    Family(
        "comms_whatsapp_template_state",
        _G,
        "1 for the state that a WhatsApp template has now, 0 for the others.",
        ("tenant", "template", "state"),
    ),
    Family(
        "comms_whatsapp_quality",
        _G,
        "1 for the quality that WhatsApp gives a template or a number now, 0 for the others.",
        ("tenant", "scope", "name", "quality"),
    ),
    Family(
        "comms_whatsapp_messaging_limit",
        _G,
        "Customers that WhatsApp lets a number or account write to first in 24 hours, as last reported.",
        ("tenant", "sender"),
    ),
    Family(
        "comms_rate_limit_used_ratio",
        _G,
        "Share of a provider's rate limit in use, 0 to 1, as last reported.",
        ("provider", "api"),
    ),
    Family("comms_queue_depth", _G, "Items waiting in an application's queue, as last reported.", ("queue",)),
    Family(
        "comms_worker_last_heartbeat_timestamp_seconds",
        _G,
        "When a worker last reported, in Unix seconds.",
        ("worker",),
    ),
    Family(
        "comms_data_timestamp_seconds",
        _G,
        "Time of the newest event of a source, in Unix seconds.",
        ("source",),
    ),
)

PROCESS_FAMILIES = (
    Family(
        "comms_messages_pending",
        _G,
        "Outbound messages without a final status, by age, as of the last look at the ledger.",
        (*_ROUTE, "age"),
        _P,
    ),
    Family(
        "comms_messages_overdue",
        _G,
        "Outbound messages without a final status for longer than the threshold final_status_seconds.",
        _ROUTE,
        _P,
    ),
    Family(
        "comms_credit_balance",
        _G,
        "Prepaid credit left, summed over users, as of the last look at the ledger.",
        ("tenant",),
        _P,
    ),
    Family(
        "comms_parked_events",
        _G,
        "Events kept aside with their raw bytes because they could not be counted.",
        ("source", "reason"),
        _P,
    ),
    Family(
        "comms_events_received_total",
        _C,
        "Events this process was handed, by what became of them; late ones are accepted too.",
        ("source", "outcome"),
        _P,
    ),
    Family(
        "comms_http_requests_total",
        _C,
        "HTTP requests answered, by route and status code.",
        ("route", "code"),
        _P,
    ),
    Family(
        "comms_signature_failures_total",
        _C,
        "Requests refused because the sender could not prove who it is.",
        ("source", "reason"),
        _P,
    ),
    Family("comms_scan_runs_total", _C, "Runs of database scans.", ("scan", "status"), _P),
    Family("comms_scan_rows_total", _C, "Rows seen for the first time by a scan.", ("scan",), _P),
    Family(
        "comms_scan_late_rows_total",
        _C,
        "Rows that became visible behind the scan's cursor.",
        ("scan",),
        _P,
    ),
    Family(
        "comms_scan_given_up_total",
        _C,
        "Missing ids, open rows and rows without a time that a scan let go because it keeps no more of them.",
        ("scan", "what"),
        _P,
    ),
    Family("comms_scan_duration_seconds", _H, "Time of scan runs, in seconds.", ("scan",), _P, _SCAN_S),
    Family(
        "comms_scan_last_success_timestamp_seconds",
        _G,
        "When a scan last succeeded, in Unix seconds; 0 before the first.",
        ("scan",),
        _P,
    ),
    Family(
        "comms_scan_billed_bytes_total",
        _C,
        "Bytes that a warehouse bills for the queries of a scan; 0 of a database that bills none.",
        ("scan",),
        _P,
    ),
    Family("comms_scan_interval_seconds", _G, "Time between runs of a scan, in seconds.", ("scan",), _P),
    Family(
        "comms_scanned_active_conversations",
        _G,
        "Conversations that are open in a scanned database.",
        ("scan", "tenant"),
        _P,
    ),
    Family(
        "comms_scanned_credit_balance",
        _G,
        "Prepaid credit left by a scanned database.",
        ("scan", "tenant"),
        _P,
    ),
    Family(
        "comms_scanned_messages_pending",
        _G,
        "Messages without a final status in a scanned database.",
        ("scan", "tenant", "channel", "age"),
        _P,
    ),
    Family(
        "comms_scanned_users",
        _G,
        "Users of a scanned database by the state that it gives them.",
        ("scan", "tenant", "state"),
        _P,
    ),
    Family("comms_scanned_queue_depth", _G, "Items waiting in a scanned database.", ("scan", "queue"), _P),
    Family(
        "comms_scanned_rate_limit_used_ratio",
        _G,
        "Share of a provider's rate limit in use by a scanned database, 0 to 1.",
        ("scan", "provider", "api"),
        _P,
    ),
    Family(
        "comms_scanned_data_timestamp_seconds",
        _G,
        "Time of the newest row of a scanned table, in Unix seconds.",
        ("scan", "table"),
        _P,
    ),
    Family(
        "comms_reconciled_messages_total",
        _C,
        "Message steps that a provider reported only when it was asked.",
        ("source", "status"),
        _P,
    ),
    Family(
        "comms_rate_card_age_seconds",
        _G,
        "Time since the oldest price list in use was known to hold, in seconds.",
        ("provider", "account"),
        _P,
    ),
    Family(
        "comms_rate_card_fallback",
        _G,
        "1 while a country in use has no price list of its provider's, or a stale one.",
        ("provider", "account"),
        _P,
    ),
    Family(
        "comms_bill_drift_ratio",
        _G,
        "Our estimate of the newest complete day against the bill: |ours - billed| / billed, from 1 USD on.",
        ("provider", "account", "category"),
        _P,
    ),
    Family(
        "comms_bill_last_success_timestamp_seconds",
        _G,
        "When a provider's bill was last read to its end, in Unix seconds; 0 before the first time.",
        ("provider", "account"),
        _P,
    ),
    Family(
        "comms_cost_unsettled_usd",
        _G,
        "Estimated US dollars of messages that their provider has no price for yet, between two bounds.",
        ("tenant", "channel", "bound"),
        _P,
    ),
    Family(
        "comms_balance_usd",
        _G,
        "What is left of the money prepaid at a provider, in US dollars; negative when overdrawn.",
        ("provider", "account"),
        _P,
    ),
    Family(
        "comms_balance_runway_seconds",
        _G,
        "How long that money lasts at what was billed a day lately, in seconds.",
        ("provider", "account"),
        _P,
    ),
    Family(
        "comms_api_cache_requests_total",
        _C,
        "Questions to the API whose answer may be kept, by whether one was: `hit` or `miss`.",
        ("outcome",),
        _P,
    ),
    Family(
        "comms_downloads_total",
        _C,
        "Exports by how they ended: `complete`, `gone` (the caller left), `slow` (cut off) or `failed` (the ledger).",
        ("outcome",),
        _P,
    ),
    Family("comms_ledger_up", _G, "1 while the ledger takes events.", (), _P),
    Family("comms_ledger_append_seconds", _H, "Time to commit a batch, in seconds.", (), _P, _APPEND_S),
    Family("comms_ledger_batch_events", _H, "Events committed together.", (), _P, _BATCH),
    Family("comms_ledger_queue_events", _G, "Events waiting to be committed.", (), _P),
    Family("comms_follower_lag_events", _G, "Events committed but not yet in the totals.", (), _P),
    Family(
        "comms_checkpoint_timestamp_seconds",
        _G,
        "When totals were last written to the ledger, in Unix seconds.",
        (),
        _P,
    ),
    Family(
        "comms_pages_total",
        _C,
        "Steps of pages by what became of them; `unsure` are tries that may have been the second.",
        ("channel", "outcome"),
        _P,
    ),
    Family(
        "comms_page_delivery_seconds",
        _H,
        "Time from a notification of Alertmanager to the receipt that its page reached somebody, in seconds.",
        ("channel",),
        _P,
        _PAGE_S,
    ),
    Family(
        "comms_page_undelivered_seconds",
        _G,
        "Age of the oldest open page that has reached nobody, in seconds; 0 without one.",
        (),
        _P,
    ),
    Family(
        "comms_rule_inputs_absent",
        _G,
        "Shipped alerts that are blind because a metric that this configuration promises has no series.",
        ("metric",),
        _P,
    ),
    Family(
        "comms_outbound_webhook_backlog",
        _G,
        "Messages to customers' webhooks that wait, are dead or found no room, and endpoints paused for failures.",
        ("state",),
        _P,
    ),
    Family("comms_leader", _G, "1 while this process runs the scheduled work.", (), _P),
    Family("comms_jobs_total", _C, "Runs of scheduled work.", ("work", "status"), _P),
    Family(
        "comms_exposition_failures_total",
        _C,
        "Times a metric had to be left out of the page because it could not be rendered.",
        ("metric",),
        _P,
    ),
    Family(
        "comms_series", _G, "Label sets of a metric, those at zero and `_other` included.", ("metric",), _P
    ),
    Family("comms_series_limit", _G, "Series a metric may have before values fold.", ("metric",), _P),
    Family(
        "comms_series_folded_total",
        _C,
        "Events counted under `_other` because a metric was at its limit.",
        ("metric",),
        _P,
    ),
    Family(
        "comms_config_last_reload_successful",
        _G,
        "1 when the last attempt to load the configuration succeeded.",
        (),
        _P,
    ),
    Family(
        "comms_config_last_reload_success_timestamp_seconds",
        _G,
        "When the configuration in force was loaded, in Unix seconds.",
        (),
        _P,
    ),
    Family(
        "comms_sla_threshold",
        _G,
        "A threshold in force; empty tenant and channel mean the default.",
        ("rule", "tenant", "channel"),
        _P,
    ),
    Family(
        "comms_cost_month_to_date_usd",
        _G,
        "Money spent in this calendar month (UTC), by our estimate, or by the bill where we made none; "
        "an empty channel is all of a tenant's.",
        ("tenant", "channel"),
        _P,
    ),
    Family(
        "comms_cost_forecast_month_usd",
        _G,
        "What this month will have cost at its end: expected, and the bounds it stays within nine times of ten.",
        ("tenant", "channel", "bound"),
        _P,
    ),
    Family(
        "comms_cost_spike_score",
        _G,
        "How far today's money is above a usual whole day, in usual errors of a day.",
        ("tenant", "channel"),
        _P,
    ),
    Family(
        "comms_budget_limit_usd",
        _G,
        "Money that may be spent in a calendar month (UTC); an empty channel is all of a tenant's.",
        ("tenant", "channel"),
        _P,
    ),
    Family(
        "comms_budget_remaining_usd",
        _G,
        "Money of the budget that is left this month; negative once it is overspent.",
        ("tenant", "channel"),
        _P,
    ),
    Family(
        "comms_credit_rate",
        _G,
        "Prepaid credits a US dollar: what one buys (sold), and what one of usage takes (used).",
        ("kind",),
        _P,
    ),
    Family(
        "comms_credit_margin_ratio",
        _G,
        "What a customer pays in credits for a dollar of usage beyond that dollar; 0.15 is 15 %.",
        (),
        _P,
    ),
    Family(
        "comms_savings_usd",
        _G,
        "Money of the last 30 days that need not have been spent, by what would save it.",
        ("tenant", "hint"),
        _P,
    ),
    Family(
        "comms_notifications_total",
        _C,
        "Notifications shown in-app or handed to another channel, by what became of it; a retry follows later.",
        ("type", "channel", "outcome"),
        _P,
    ),
    Family("comms_clock_seconds", _G, "This process's clock at the scrape, in Unix seconds.", (), _P),
    Family("comms_demo_mode", _G, "1 when the numbers come from simulated senders.", (), _P),
    Family("comms_build_info", _G, "Constant 1 with the version.", ("version",), _P),
)

FAMILIES = FOLD_FAMILIES + PROCESS_FAMILIES
BY_NAME = {family.name: family for family in FAMILIES}
