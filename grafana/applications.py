"""Rows about what applications do beside messages: language models, payments, workers, queues, rate limits."""

from __future__ import annotations

from grafana.board import Panel, Query, Row

_TENANT = 'tenant=~"$tenant"'
_MODEL = "{{tenant}} {{provider}} {{model}}"


def _rate(counter: str, by: str) -> str:
    """Rate, then the largest of the replicas, then the sum: every replica shows the same totals."""
    return f"sum by ({by}) (max without (instance) (rate({counter}{{{_TENANT}}}[$__rate_interval])))"


MODELS = Row(
    "Language models",
    (
        Panel(
            41,
            "timeseries",
            "Tokens by type",
            "Tokens a second; the types do not overlap.",
            "ops",
            (Query(_rate("comms_llm_tokens_total", "model, token_type"), "{{model}} {{token_type}}"),),
        ),
        Panel(
            42,
            "timeseries",
            "Time of calls, p95",
            "95 of 100 calls take up to this time; LlmLatencyP95High makes a ticket above 10 seconds.",
            "s",
            (Query(f"tenant_provider_model:comms_llm_latency_seconds:p95_rate5m{{{_TENANT}}}", _MODEL),),
            limit=10,
        ),
        Panel(
            43,
            "timeseries",
            "Failed share of calls",
            "Errors, timeouts and refusals over calls, 5 minutes; LlmErrorRatioHigh pages above 10%.",
            "percentunit",
            (
                Query(
                    f"tenant_provider_model:comms_llm_requests_failed_per_request:ratio_rate5m{{{_TENANT}}}",
                    _MODEL,
                ),
            ),
            limit=0.1,
        ),
    ),
)

PAYMENTS = Row(
    "Payments",
    (
        Panel(
            51,
            "timeseries",
            "Payments by state",
            "Payments a second that succeeded, failed, were refunded or disputed.",
            "ops",
            (Query(_rate("comms_payments_total", "tenant, state"), "{{tenant}} {{state}}"),),
        ),
        Panel(
            52,
            "timeseries",
            "Money of payments",
            "A second, in units of their own currency; currencies are never added up.",
            "short",
            (Query(_rate("comms_payment_amount_total", "state, currency"), "{{state}} {{currency}}"),),
        ),
        Panel(
            53,
            "timeseries",
            "Failed share of payments",
            "Of those that succeeded or failed within an hour; PaymentFailureRatioHigh makes a ticket above 20%.",
            "percentunit",
            (
                Query(
                    f"tenant:comms_payments_failed_per_attempted:ratio_increase1h{{{_TENANT}}}", "{{tenant}}"
                ),
            ),
            limit=0.2,
        ),
        Panel(
            54,
            "timeseries",
            "Disputed share of payments",
            "Of those that succeeded within 30 whole days; DisputeRatioHigh makes a ticket above 0.75%.",
            "percentunit",
            (
                Query(
                    f"tenant:comms_payments_disputed_per_succeeded:ratio_increase30d{{{_TENANT}}}",
                    "{{tenant}}",
                ),
            ),
            limit=0.0075,
        ),
    ),
)

APPLICATIONS = Row(
    "Workers, queues, limits and clocks",
    (
        Panel(
            61,
            "timeseries",
            "Since workers last reported",
            "WorkerHeartbeatStale pages above two minutes.",
            "s",
            (Query("worker:comms_worker_heartbeat_age_seconds:min", "{{worker}}"),),
            limit=120,
        ),
        Panel(
            62,
            "timeseries",
            "Rate limits in use",
            "RateLimitNearlyUsed makes a ticket above the limit, RateLimitExhausted pages at 100%.",
            "percentunit",
            (
                Query(
                    'provider_api:comms_rate_limit_used:ratio{provider=~"$provider"}', "{{provider}} {{api}}"
                ),
                Query('rule:comms_sla_threshold:effective{rule="rate_limit_ratio"}', "limit"),
            ),
        ),
        Panel(
            63,
            "timeseries",
            "Queues",
            "Items waiting, as last reported; QueueDeep makes a ticket above 1000.",
            "short",
            (Query("max by (queue) (comms_queue_depth)", "{{queue}}"),),
            limit=1000,
        ),
        Panel(
            64,
            "timeseries",
            "Negative times",
            "Of the times measured between two clocks in an hour, the share that was negative and counts as 0 s.",
            "percentunit",
            (
                Query(
                    "channel_provider_measure:comms_clock_skew_per_measured:ratio_increase1h"
                    '{channel=~"$channel",provider=~"$provider"}',
                    "{{channel}} {{provider}} {{measure}}",
                ),
            ),
            limit=0.01,
        ),
    ),
)
