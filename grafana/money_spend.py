"""Rows of the board "Cost and bill" about what is spent, how sure that is, and the budget."""

from __future__ import annotations

from grafana.board import Limit, Query, Row, graph, stat
from grafana.promql import CHANNELS, PROVIDER, ROUTES, TENANT, newest, rate, top


def _spent(by: str) -> str:
    """US dollars an hour of the estimate: the one basis that is known at once."""
    total = f'comms_cost_usd_total{{basis="estimated",{ROUTES}}}'
    return f"3600 * sum by ({by}) (max without (instance) (rate({total}[$__rate_interval])))"


NOW = Row(
    "Now",
    (
        stat(
            1,
            "Cost of a day",
            "Estimated cost of the last 24 hours.",
            "currencyUSD",
            f"sum(tenant_channel:comms_cost_usd:increase1d{{{CHANNELS}}})",
        ),
        stat(
            2,
            "Highest share of a budget",
            "Of the month's budgets, the share spent of the one that is spent most.",
            "percentunit",
            f"max(tenant_channel:comms_budget_used:ratio{{{CHANNELS}}})",
            Limit(1),
        ),
        stat(
            3,
            "Largest drift",
            "Of the newest bills, the largest share by which one differs from our cost.",
            "percentunit",
            f"max(abs(comms_bill_drift_ratio{{{PROVIDER}}}))",
        ),
        stat(
            4,
            "Shortest balance",
            "Days that the balance lasts at the provider where it is shortest.",
            "d",
            f"min(provider_account:comms_balance_runway_days:min{{{PROVIDER}}})",
            Limit(3, "below"),
        ),
    ),
)


SPEND = Row(
    "What is spent",
    (
        graph(
            11,
            "Cost by tenant, channel and provider",
            "US dollars an hour, estimated when the event was stored; the ten largest.",
            "currencyUSD",
            Query(top(_spent("tenant, channel, provider")), "{{tenant}} {{channel}} {{provider}}"),
        ),
        graph(
            12,
            "Cost by component",
            "US dollars an hour for messages, fees and kinds of tokens.",
            "currencyUSD",
            Query(_spent("component"), "{{component}}"),
        ),
        graph(
            13,
            "Last hour and three times its mean",
            "CostSpike pages where the last hour is above three times the hourly mean of 7 days.",
            "currencyUSD",
            Query(f"tenant:comms_cost_usd:increase1h{{{TENANT}}}", "{{tenant}}"),
            Query(f"3 * tenant:comms_cost_usd:mean1h_over7d{{{TENANT}}}", "limit {{tenant}}"),
        ),
    ),
)


SURE = Row(
    "Is that usual, and how sure is it",
    (
        graph(
            71,
            "How unusual today is",
            "How far today's money is above a usual whole day, in usual errors of a day; 3 is rare.",
            "short",
            Query(
                newest(f"comms_cost_spike_score{{{CHANNELS}}}", "tenant, channel"), "{{tenant}} {{channel}}"
            ),
        )._replace(can_be_negative=True),
        graph(
            72,
            "Lowest and highest cost",
            "US dollars an hour that the estimate can be, where what decides is unknown; the ten largest.",
            "currencyUSD",
            Query(
                top(f"3600 * {rate(f'comms_cost_bound_usd_total{{{ROUTES}}}', 'provider, bound')}"),
                "{{bound}} {{provider}}",
            ),
        ),
        graph(
            73,
            "Segments by encoding",
            "SMS segments a second; one character beyond GSM-7 makes more of them.",
            "ops",
            Query(
                rate(f"comms_message_segments_total{{{TENANT},{PROVIDER}}}", "direction, encoding"),
                "{{direction}} {{encoding}}",
            ),
        ),
    ),
)


BUDGET = Row(
    "Is it within budget",
    (
        graph(
            21,
            "Share of the month's budget",
            "CostBudgetNearlySpent makes a ticket above the limit, CostBudgetExceeded above 100%.",
            "percentunit",
            Query(f"tenant_channel:comms_budget_used:ratio{{{CHANNELS}}}", "{{tenant}} {{channel}}"),
            Query('rule:comms_sla_threshold:effective{rule="budget_ratio"}', "limit"),
        ),
        graph(
            22,
            "Forecast of the month",
            "Month to date, what the month will cost with its 90% interval, and the budget.",
            "currencyUSD",
            Query(
                f"max by (tenant, channel) (comms_cost_month_to_date_usd{{{CHANNELS}}})",
                "to date {{tenant}} {{channel}}",
            ),
            Query(
                f"max by (tenant, channel, bound) (comms_cost_forecast_month_usd{{{CHANNELS}}})",
                "{{bound}} {{tenant}} {{channel}}",
            ),
            Query(
                f"max by (tenant, channel) (comms_budget_limit_usd{{{CHANNELS}}})",
                "budget {{tenant}} {{channel}}",
            ),
        ),
    ),
)
