"""Which alert says that a threshold is not kept: rules/compliance.yaml holds the same expression."""

from __future__ import annotations

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
_LEVELS = {"": "group", "tenant": "groupby(tenant)", "tenant,channel": "groupby(tenant,channel)"}


def holds_its_alert(expression: str, alert: str) -> bool:
    """Whether it says 0 exactly where the alert's expression holds, and 1 at the same level elsewhere."""
    text, held = _canonical(expression), _canonical(EXPRESSIONS[alert])
    return any(
        text.startswith(f"{group}({held})-1oron({labels}){group}(") for labels, group in _LEVELS.items()
    )


def _canonical(text: str) -> str:
    """Without any space, since the parser breaks long lines by their depth."""
    return "".join(str(promql_parser.parse(text)).split())
