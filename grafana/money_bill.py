"""Rows of the board "Cost and bill" about the bill, and how fresh balances and prices are."""

from __future__ import annotations

from grafana.board import Limit, Query, Row, graph
from grafana.promql import CHANNELS, PROVIDER, ROUTES, rate, top

BILL = Row(
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


ACCOUNTS = Row(
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
