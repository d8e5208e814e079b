"""The board "Money": what is spent, is it within budget, does it agree with the bill, and what does it bring."""

from __future__ import annotations

from grafana.board import Board, Filter, Panel, Query, Row

_TENANT = 'tenant=~"$tenant"'
_CHANNELS = f'{_TENANT},channel=~"$channel"'
_ROUTES = f'{_CHANNELS},provider=~"$provider"'
_PROVIDER = 'provider=~"$provider"'


def _spent(by: str) -> str:
    """US dollars an hour of the estimate: the one basis that is known at once."""
    total = f'comms_cost_usd_total{{basis="estimated",{_ROUTES}}}'
    return f"3600 * sum by ({by}) (max without (instance) (rate({total}[$__rate_interval])))"


_NOW = Row(
    "Now",
    (
        Panel(
            1,
            "stat",
            "Cost of a day",
            "Estimated cost of the last 24 hours.",
            "currencyUSD",
            (Query(f"sum(tenant_channel:comms_cost_usd:increase1d{{{_CHANNELS}}})", "cost"),),
        ),
        Panel(
            2,
            "stat",
            "Highest share of a budget",
            "Of the month's budgets, the share spent of the one that is spent most.",
            "percentunit",
            (Query(f"max(tenant_channel:comms_budget_used:ratio{{{_CHANNELS}}})", "spent"),),
        ),
        Panel(
            3,
            "stat",
            "Largest drift",
            "Of the newest bills, the largest share by which one differs from our cost.",
            "percentunit",
            (Query(f"max(abs(comms_bill_drift_ratio{{{_PROVIDER}}}))", "drift"),),
        ),
        Panel(
            4,
            "stat",
            "Shortest balance",
            "Days that the balance lasts at the provider where it is shortest.",
            "d",
            (Query(f"min(provider_account:comms_balance_runway_days:min{{{_PROVIDER}}})", "days"),),
        ),
    ),
)

_SPEND = Row(
    "What is spent",
    (
        Panel(
            11,
            "timeseries",
            "Cost by tenant, channel and provider",
            "US dollars an hour, estimated when the event was stored; the ten largest.",
            "currencyUSD",
            (
                Query(
                    f"topk(10, {_spent('tenant, channel, provider')})", "{{tenant}} {{channel}} {{provider}}"
                ),
            ),
        ),
        Panel(
            12,
            "timeseries",
            "Cost by component",
            "US dollars an hour for messages, fees and kinds of tokens.",
            "currencyUSD",
            (Query(_spent("component"), "{{component}}"),),
        ),
        Panel(
            13,
            "timeseries",
            "Last hour and three times its mean",
            "CostSpike pages where the last hour is above three times the hourly mean of 7 days.",
            "currencyUSD",
            (
                Query(f"tenant:comms_cost_usd:increase1h{{{_TENANT}}}", "{{tenant}}"),
                Query(f"3 * tenant:comms_cost_usd:mean1h_over7d{{{_TENANT}}}", "limit {{tenant}}"),
            ),
        ),
    ),
)

_BUDGET = Row(
    "Is it within budget",
    (
        Panel(
            21,
            "timeseries",
            "Share of the month's budget",
            "CostBudgetNearlySpent makes a ticket above the limit, CostBudgetExceeded above 100%.",
            "percentunit",
            (
                Query(f"tenant_channel:comms_budget_used:ratio{{{_CHANNELS}}}", "{{tenant}} {{channel}}"),
                Query('rule:comms_sla_threshold:effective{rule="budget_ratio"}', "limit"),
            ),
        ),
        Panel(
            22,
            "timeseries",
            "Forecast of the month",
            "Month to date, what the month will cost with its 90% interval, and the budget.",
            "currencyUSD",
            (
                Query(
                    f"max by (tenant, channel) (comms_cost_month_to_date_usd{{{_CHANNELS}}})",
                    "to date {{tenant}} {{channel}}",
                ),
                Query(
                    f"max by (tenant, channel, bound) (comms_cost_forecast_month_usd{{{_CHANNELS}}})",
                    "{{bound}} {{tenant}} {{channel}}",
                ),
                Query(
                    f"max by (tenant, channel) (comms_budget_limit_usd{{{_CHANNELS}}})",
                    "budget {{tenant}} {{channel}}",
                ),
            ),
        ),
    ),
)

_BILL = Row(
    "Does it agree with the bill",
    (
        Panel(
            31,
            "timeseries",
            "Drift by category",
            "Share by which our cost and the bill of the newest closed day differ; BillingDrift makes a ticket.",
            "percentunit",
            (
                Query(
                    f"max by (provider, account, category) (abs(comms_bill_drift_ratio{{{_PROVIDER}}}))",
                    "{{provider}} {{account}} {{category}}",
                ),
                Query('rule:comms_sla_threshold:effective{rule="bill_drift_ratio"}', "limit"),
            ),
        ),
        Panel(
            32,
            "timeseries",
            "Units without a price",
            "Used, and missing from every cost; UnpricedUsage makes a ticket for any.",
            "ops",
            (
                Query(
                    "sum by (channel, provider, reason) (max without (instance) (rate("
                    f'comms_unpriced_units_total{{channel=~"$channel",{_PROVIDER}}}[$__rate_interval])))',
                    "{{channel}} {{provider}} {{reason}}",
                ),
            ),
        ),
        Panel(
            33,
            "timeseries",
            "Waiting for the provider's price",
            "Lowest and highest cost of messages whose price has not come; CostUnsettledHigh makes a ticket.",
            "currencyUSD",
            (
                Query(
                    f"max by (tenant, channel, bound) (comms_cost_unsettled_usd{{{_CHANNELS}}})",
                    "{{bound}} {{tenant}} {{channel}}",
                ),
            ),
        ),
        Panel(
            34,
            "timeseries",
            "Cost by basis",
            "The same money in US dollars an hour as estimated, as stated a message, and as billed.",
            "currencyUSD",
            (
                Query(
                    "3600 * sum by (basis) (max without (instance) (rate("
                    f"comms_cost_usd_total{{{_ROUTES}}}[$__rate_interval])))",
                    "{{basis}}",
                ),
            ),
        ),
    ),
)

_ACCOUNTS = Row(
    "Are balances and prices fresh",
    (
        Panel(
            41,
            "timeseries",
            "Balance",
            "What is left at each provider.",
            "currencyUSD",
            (
                Query(
                    f"max by (provider, account) (comms_balance_usd{{{_PROVIDER}}})",
                    "{{provider}} {{account}}",
                ),
            ),
        ),
        Panel(
            42,
            "timeseries",
            "Days that the balance lasts",
            "At the spend of the last days; BalanceRunwayShort pages below the limit.",
            "d",
            (
                Query(
                    f"provider_account:comms_balance_runway_days:min{{{_PROVIDER}}}",
                    "{{provider}} {{account}}",
                ),
                Query('rule:comms_sla_threshold:effective{rule="runway_days"}', "limit"),
            ),
        ),
        Panel(
            43,
            "timeseries",
            "Age of rate cards",
            "RateCardStale makes a ticket above 30 days, RateCardFallback where a shipped or old card is used.",
            "s",
            (
                Query(
                    f"max by (provider, account) (comms_rate_card_age_seconds{{{_PROVIDER}}})",
                    "{{provider}} {{account}}",
                ),
                Query(
                    f"max by (provider, account) (comms_rate_card_fallback{{{_PROVIDER}}})",
                    "fallback {{provider}} {{account}}",
                ),
            ),
            limit=2_592_000,
        ),
        Panel(
            44,
            "timeseries",
            "Age of bills",
            "Since a bill was last fetched; BillFetchStale makes a ticket above 36 hours.",
            "s",
            (
                Query(
                    f"provider_account:comms_bill_age_seconds:min{{{_PROVIDER}}}", "{{provider}} {{account}}"
                ),
            ),
            limit=129_600,
        ),
    ),
)

_WORTH = Row(
    "What it brings",
    (
        Panel(
            51,
            "timeseries",
            "Cost of a conversation",
            "Cost of a day over all channels, over conversations started and resolved; from 20 on.",
            "currencyUSD",
            (
                Query(
                    f"tenant:comms_cost_usd_per_conversation:ratio_increase1d{{{_TENANT}}}",
                    "started {{tenant}}",
                ),
                Query(
                    f"tenant:comms_cost_usd_per_resolved_conversation:ratio_increase1d{{{_TENANT}}}",
                    "resolved {{tenant}}",
                ),
            ),
        ),
        Panel(
            52,
            "timeseries",
            "Conversations resolved and handed off",
            "Shares of the conversations started within a day; from 20 on.",
            "percentunit",
            (
                Query(
                    f"tenant:comms_conversations_resolved_per_conversation:ratio_increase1d{{{_TENANT}}}",
                    "resolved {{tenant}}",
                ),
                Query(
                    f"tenant:comms_conversations_handed_off_per_conversation:ratio_increase1d{{{_TENANT}}}",
                    "handed off {{tenant}}",
                ),
            ),
        ),
        Panel(
            53,
            "timeseries",
            "Return on cost",
            "What users gained less what they lost less the cost, over the cost of a day; none without a cost.",
            "percentunit",
            (Query(f"tenant:comms_outcome_usd_net_per_cost:ratio_increase1d{{{_TENANT}}}", "{{tenant}}"),),
        ),
        Panel(
            54,
            "timeseries",
            "Money that could be saved",
            "What each hint would have saved in 30 days, and what is lost an hour to one character beyond GSM-7.",
            "currencyUSD",
            (
                Query(f"max by (tenant, hint) (comms_savings_usd{{{_TENANT}}})", "{{tenant}} {{hint}}"),
                Query(
                    "3600 * sum by (tenant) (max without (instance) (rate("
                    f"comms_encoding_waste_usd_total{{{_TENANT}}}[$__rate_interval])))",
                    "encoding an hour {{tenant}}",
                ),
            ),
        ),
    ),
)

MONEY = Board(
    uid="money",
    title="Comms: money",
    description="What is spent, is it within budget, does it agree with the bill, and what does it bring.",
    filters=(
        Filter("tenant", "Tenant", "label_values(comms_cost_usd_total, tenant)"),
        Filter("channel", "Channel", f"label_values(comms_cost_usd_total{{{_TENANT}}}, channel)"),
        Filter("provider", "Provider", f"label_values(comms_cost_usd_total{{{_CHANNELS}}}, provider)"),
    ),
    rows=(_NOW, _SPEND, _BUDGET, _BILL, _ACCOUNTS, _WORTH),
)
