"""Which alert says that a threshold is not kept: rules/compliance.yaml holds the same expression."""

from __future__ import annotations

import re

import promql_parser

from tests.stack.rule_files import EXPRESSIONS

COMPLIANCE = {
    "error_ratio": "MessageErrorRatioHigh",
    "delivery_ratio": "DeliveryRatioLow",
    "response_p95_seconds": "ResponseTimeP95High",
    "final_status_seconds": "MessagesOverdue",
    "complaint_ratio": "EmailComplaintRatioHigh",
    "budget_ratio": "CostBudgetNearlySpent",
    "bill_drift_ratio": "BillingDrift",
    "runway_days": "BalanceRunwayShort",
    "rate_limit_ratio": "RateLimitNearlyUsed",
    "response_p99_seconds": "ResponseTimeP99High",
    "handoff_ratio": "HandoffRatioHigh",
    "resolution_ratio": "ResolutionRatioLow",
    "conversation_llm_usd": "LlmCostPerConversationHigh",
    "llm_error_ratio": "LlmErrorRatioHigh",
    "llm_p95_seconds": "LlmLatencyP95High",
    "heartbeat_seconds": "WorkerHeartbeatStale",
    "queue_depth": "QueueDeep",
    "cost_spike_factor": "CostSpike",
    "payment_failure_ratio": "PaymentFailureRatioHigh",
}
"""By threshold, the alert that says it is not kept. `min_events` is a floor of others."""


def holds_its_alert(expression: str, alert: str) -> bool:
    """Whether it says 0 exactly where the alert's expression holds, however both are spaced."""
    held = re.escape(_canonical(EXPRESSIONS[alert]))
    kept = rf"group(by\(tenant(,channel)?\))?\({held}\)-1oron\(.*"
    return re.fullmatch(kept, _canonical(expression)) is not None


def _canonical(text: str) -> str:
    """Without any space, since the parser breaks long lines by their depth."""
    return "".join(str(promql_parser.parse(text)).split())
