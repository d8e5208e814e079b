"""The board "Cost and bill": what is spent, is it within budget, does it agree with the bill, what does it bring."""

from __future__ import annotations

from grafana.board import Board, Limit, Query, Row, graph, stat
from grafana.promql import CHANNELS, PROVIDER, ROUTES, TENANT, filters, newest, rate, top


def _spent(by: str) -> str:
    """US dollars an hour of the estimate: the one basis that is known at once."""
    total = f'comms_cost_usd_total{{basis="estimated",{ROUTES}}}'
    return f"3600 * sum by ({by}) (max without (instance) (rate({total}[$__rate_interval])))"


_NOW = Row(
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

_SPEND = Row(
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

_SURE = Row(
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

_BUDGET = Row(
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

_BILL = Row(
    "Does it agree with the bill",
    (
        graph(
            31,
            "Drift by category",
            "Share by which our cost and the bill of the newest closed day differ; BillingDrift makes a ticket.",
            "percentunit",
            Query(
                f"max by (provider, account, category) (abs(comms_bill_drift_ratio{{{PROVIDER}}}))",
                "{{provider}} {{account}} {{category}}",
            ),
            Query('rule:comms_sla_threshold:effective{rule="bill_drift_ratio"}', "limit"),
        ),
        graph(
            32,
            "Units without a price",
            "Used, and missing from every cost; UnpricedUsage makes a ticket for any.",
            "ops",
            Query(
                top(
                    rate(
                        f'comms_unpriced_units_total{{channel=~"$channel",{PROVIDER}}}',
                        "channel, provider, reason",
                    )
                ),
                "{{channel}} {{provider}} {{reason}}",
            ),
        ),
        graph(
            33,
            "Waiting for the provider's price",
            "Lowest and highest cost of messages whose price has not come; CostUnsettledHigh makes a ticket.",
            "currencyUSD",
            Query(
                f"max by (tenant, channel, bound) (comms_cost_unsettled_usd{{{CHANNELS}}})",
                "{{bound}} {{tenant}} {{channel}}",
            ),
        ),
        graph(
            34,
            "Cost by basis",
            "The same money in US dollars an hour as estimated, as stated a message, and as billed.",
            "currencyUSD",
            Query(
                "3600 * sum by (basis) (max without (instance) (rate("
                f"comms_cost_usd_total{{{ROUTES}}}[$__rate_interval])))",
                "{{basis}}",
            ),
        ),
    ),
)

_ACCOUNTS = Row(
    "Are balances and prices fresh",
    (
        graph(
            41,
            "Balance",
            "What is left at each provider.",
            "currencyUSD",
            Query(
                f"max by (provider, account) (comms_balance_usd{{{PROVIDER}}})",
                "{{provider}} {{account}}",
            ),
        ),
        graph(
            42,
            "Days that the balance lasts",
            "At the spend of the last days; BalanceRunwayShort pages below the limit.",
            "d",
            Query(
                f"provider_account:comms_balance_runway_days:min{{{PROVIDER}}}",
                "{{provider}} {{account}}",
            ),
            Query('rule:comms_sla_threshold:effective{rule="runway_days"}', "limit"),
        ),
        graph(
            43,
            "Age of rate cards",
            "RateCardStale makes a ticket above 30 days, RateCardFallback where a shipped or old card is used.",
            "s",
            Query(
                f"max by (provider, account) (comms_rate_card_age_seconds{{{PROVIDER}}})",
                "{{provider}} {{account}}",
            ),
            Query(
                f"max by (provider, account) (comms_rate_card_fallback{{{PROVIDER}}})",
                "fallback {{provider}} {{account}}",
            ),
            limit=Limit(2_592_000),
        ),
        graph(
            44,
            "Age of bills",
            "Since a bill was last fetched; BillFetchStale makes a ticket above 36 hours.",
            "s",
            Query(f"provider_account:comms_bill_age_seconds:min{{{PROVIDER}}}", "{{provider}} {{account}}"),
            limit=Limit(129_600),
        ),
    ),
)

_WORTH = Row(
    "What it brings",
    (
        graph(
            53,
            "Return on cost",
            "What users gained less what they lost less the cost, over the cost of a day; none without a cost.",
            "percentunit",
            Query(f"tenant:comms_outcome_usd_net_per_cost:ratio_increase1d{{{TENANT}}}", "{{tenant}}"),
        )._replace(can_be_negative=True),
        graph(
            54,
            "Money that could be saved",
            "What each hint would have saved in 30 days, and what is lost an hour to one character beyond GSM-7.",
            "currencyUSD",
            Query(newest(f"comms_savings_usd{{{TENANT}}}", "tenant, hint"), "{{tenant}} {{hint}}"),
            Query(
                f"3600 * {rate(f'comms_encoding_waste_usd_total{{{TENANT}}}', 'tenant')}",
                "encoding an hour {{tenant}}",
            ),
        ),
        graph(
            55,
            "Credits",
            "Prepaid credits left, summed over a tenant's users.",
            "short",
            Query(newest(f"comms_credit_balance{{{TENANT}}}", "tenant"), "{{tenant}}"),
        )._replace(can_be_negative=True),
        graph(
            56,
            "Credits bought and used",
            "Prepaid credits an hour.",
            "short",
            Query(f"3600 * {rate(f'comms_credits_bought_total{{{TENANT}}}', 'tenant')}", "bought {{tenant}}"),
            Query(f"3600 * {rate(f'comms_credits_used_total{{{TENANT}}}', 'tenant')}", "used {{tenant}}"),
        ),
    ),
)

_PAYMENTS = Row(
    "Do customers pay",
    (
        graph(
            61,
            "Payments by state",
            "Payments a second that succeeded, failed, were refunded or disputed.",
            "ops",
            Query(rate(f"comms_payments_total{{{TENANT}}}", "state"), "{{state}}"),
        ),
        graph(
            62,
            "Money of payments",
            "A second, in units of their own currency; currencies are never added up.",
            "short",
            Query(
                rate(f"comms_payment_amount_total{{{TENANT}}}", "state, currency"), "{{currency}} {{state}}"
            ),
        ),
        graph(
            63,
            "Failed share of payments",
            "Of those that succeeded or failed within an hour; PaymentFailureRatioHigh makes a ticket above 20%.",
            "percentunit",
            Query(f"tenant:comms_payments_failed_per_attempted:ratio_increase1h{{{TENANT}}}", "{{tenant}}"),
            limit=Limit(0.2),
        ),
        graph(
            64,
            "Disputed share of payments",
            "Of those that succeeded within 30 whole days; DisputeRatioHigh makes a ticket above 0.75%.",
            "percentunit",
            Query(
                f"tenant:comms_payments_disputed_per_succeeded:ratio_increase30d{{{TENANT}}}", "{{tenant}}"
            ),
            limit=Limit(0.0075),
        ),
    ),
)

MONEY = Board(
    uid="money",
    title="Comms: cost and bill",
    description="What is spent, is it within budget, does it agree with the bill, what does it bring, who pays.",
    variables=filters("comms_cost_usd_total", "tenant", "channel", "provider"),
    rows=(_NOW, _SPEND, _SURE, _BUDGET, _BILL, _ACCOUNTS, _WORTH, _PAYMENTS),
    since="now-7d",
)
