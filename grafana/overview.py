"""The board "Overview": what is wrong now, is it arriving, who waits, what does it cost, can it be believed."""

from __future__ import annotations

from grafana.board import Board, Column, Limit, Panel, Query, Row, Switch, graph, stat
from grafana.promql import (
    CHANNELS,
    ROUTES,
    TENANT,
    THRESHOLD,
    alerting,
    filters,
    newest,
    rate,
    waiting_over_an_hour,
)

_ALERT = "alertname, severity, subsystem, tenant, channel, provider"
_FIRING = 'alertstate="firing",severity=~"page|ticket",tenant=~"$tenant|"'
_MONTH_TO_DATE = f'comms_cost_month_to_date_usd{{channel="",{TENANT}}}'
_FORECAST = f'comms_cost_forecast_month_usd{{channel="",bound="expected",{TENANT}}}'
_ENOUGH = (
    "tenant_channel:comms_messages_attempted:rate5m * 300 >= on (tenant, channel) "
    f'{THRESHOLD}{{rule="min_events"}}'
)
"""As in the alert: two failures of three say nothing."""

_NOW = Row(
    "What is wrong now",
    (
        stat(
            1,
            "Pages",
            "Alerts that wake somebody and fire now.",
            "short",
            'count(ALERTS{alertstate="firing",severity="page",tenant=~"$tenant|"}) or vector(0)',
            Limit(1),
        ),
        stat(
            2,
            "Tickets",
            "Alerts that fire now and can wait for the day.",
            "short",
            'count(ALERTS{alertstate="firing",severity="ticket",tenant=~"$tenant|"}) or vector(0)',
            Limit(1, color="orange"),
        ),
        stat(
            3,
            "Channels that fail",
            "Channels of a tenant whose failed share is above its limit (MessageErrorRatioHigh), firing or pending.",
            "short",
            alerting("MessageErrorRatioHigh"),
            Limit(1),
            "delivery",
        ),
        stat(
            4,
            "Channels that do not arrive",
            "Channels with too small a delivered share, or without any receipt, firing or pending.",
            "short",
            alerting("DeliveryRatioLow", "NoDeliveryReceipts"),
            Limit(1),
            "delivery",
        ),
        stat(
            5,
            "Channels that answer slowly",
            "Channels whose answers take longer than the limit (ResponseTimeP95High), firing or pending.",
            "short",
            alerting("ResponseTimeP95High"),
            Limit(1),
            "delivery",
        ),
        stat(
            6,
            "Waiting over an hour",
            "Outbound messages accepted over an hour ago without a final status.",
            "short",
            waiting_over_an_hour(ROUTES),
            leads_to="delivery",
        ),
    ),
)

_ALERTS = Row(
    "Which alerts fire, and since when",
    (
        Panel(
            11,
            "table",
            "Firing alerts",
            "Pages and tickets, of the chosen tenants or of none; the runbook has a section for each.",
            "s",
            (
                Query(
                    f'(time() - max by ({_ALERT}) (ALERTS_FOR_STATE{{severity=~"page|ticket"}})) '
                    f"and on ({_ALERT}) ALERTS{{{_FIRING}}}",
                    "",
                ),
            ),
            width=14,
            columns=(
                Column("Time", hidden=True),
                Column("Value", "for"),
                Column("alertname", "alert"),
            ),
        ),
        graph(
            12,
            "Firing alerts by subsystem",
            "How many fired, over time.",
            "short",
            Query(f"count by (subsystem) (ALERTS{{{_FIRING}}})", "{{subsystem}}"),
        ),
    ),
)

_ARRIVING = Row(
    "Is it arriving",
    (
        graph(
            21,
            "Failed share by channel",
            "Failed messages over those attempted, 5 minutes, where enough are sent to judge; the worst tenant of each "
            "channel, and the lowest limit.",
            "percentunit",
            Query(
                f"max by (channel) (tenant_channel:comms_messages_failed_per_attempted:ratio_rate5m{{{CHANNELS}}} "
                f"and on (tenant, channel) {_ENOUGH})",
                "{{channel}}",
            ),
            Query(f'min({THRESHOLD}{{rule="error_ratio",{CHANNELS}}})', "limit"),
        ),
        graph(
            22,
            "Delivered share by channel",
            "Delivered messages over those that ended, one hour; the worst tenant of each channel, and the highest "
            "limit.",
            "percentunit",
            Query(
                f"min by (channel) (tenant_channel:comms_messages_delivered_per_final:ratio_rate1h{{{CHANNELS}}})",
                "{{channel}}",
            ),
            Query(f'max({THRESHOLD}{{rule="delivery_ratio",{CHANNELS}}})', "limit"),
        ),
        graph(
            23,
            "Messages sent by channel",
            "Outbound messages a second that a provider took.",
            "ops",
            Query(
                rate(f'comms_messages_total{{direction="outbound",status="sent",{ROUTES}}}', "channel"),
                "{{channel}}",
            ),
        ),
    ),
)

_WAITING = Row(
    "Who waits",
    (
        graph(
            31,
            "Time to the answer, p95",
            "95 of 100 customers got their answer within this time; the slowest tenant of each channel, and the lowest "
            "limit.",
            "s",
            Query(
                f"max by (channel) (tenant_channel:comms_message_response_seconds:p95_rate5m{{{CHANNELS}}})",
                "{{channel}}",
            ),
            Query(f'min({THRESHOLD}{{rule="response_p95_seconds",{CHANNELS}}})', "limit"),
        ),
        graph(
            32,
            "Messages without a final status",
            "Accepted by a provider and neither delivered nor failed yet, by age.",
            "short",
            Query(f"sum by (age) (max without (instance) (comms_messages_pending{{{ROUTES}}}))", "{{age}}"),
        ),
        graph(
            33,
            "Customers handed to a person",
            "Handoffs a second, by what caused them.",
            "ops",
            Query(rate(f"comms_handoffs_total{{{TENANT}}}", "trigger"), "{{trigger}}"),
        ),
    ),
    switch="performance",
)

_COST = Row(
    "What does it cost",
    (
        stat(
            41,
            "Last 24 hours",
            "Estimated cost of the last 24 hours.",
            "currencyUSD",
            f"sum(tenant_channel:comms_cost_usd:increase1d{{{CHANNELS}}})",
            leads_to="money",
        ),
        stat(
            42,
            "Month to date",
            "Spent since the first of the month (UTC), by our estimate, or by the bill where we made none.",
            "currencyUSD",
            f"sum({newest(_MONTH_TO_DATE, 'tenant')})",
            leads_to="money",
        ),
        stat(
            43,
            "Expected at the month's end",
            "Forecast of the whole month; a tenant too new for one counts with what it spent so far.",
            "currencyUSD",
            f"sum({newest(_FORECAST, 'tenant')} or {newest(_MONTH_TO_DATE, 'tenant')})",
            leads_to="money",
        ),
        stat(
            44,
            "Most used budget",
            "Of the month's budgets, the share spent of the one that is spent most.",
            "percentunit",
            f"max(tenant_channel:comms_budget_used:ratio{{{CHANNELS}}})",
            Limit(1),
            "money",
        ),
        stat(
            45,
            "Shortest balance",
            "Days that the balance lasts at the provider where it is shortest.",
            "d",
            "min(provider_account:comms_balance_runway_days:min)",
            Limit(3, "below"),
            "money",
        ),
    ),
    switch="cost",
)

_BELIEVED = Row(
    "Can these numbers be believed",
    (
        Panel(
            51,
            "stat",
            "These numbers are",
            "Simulated while a demo runs (comms_demo_mode is 1).",
            "short",
            (Query("max(comms_demo_mode)", "numbers"),),
            Limit(1, color="orange"),
            words={"0": "real", "1": "SIMULATED"},
        ),
        stat(
            52,
            "Answering replicas",
            "Exporters that answer their scrape; ExporterDown pages when none does.",
            "short",
            'sum(up{job="comms-exporter"}) or vector(0)',
            Limit(1, "below"),
            "exporter",
        ),
        Panel(
            53,
            "stat",
            "The ledger",
            "Whether some replica can store events; LedgerDown pages when none can.",
            "short",
            (Query("max(comms_ledger_up) or vector(0)", "ledger"),),
            Limit(1, "below"),
            words={"0": "DOWN", "1": "takes events"},
            leads_to="exporter",
        ),
        stat(
            54,
            "Stored but not counted",
            "Events that the replica which is furthest behind has not folded; FollowerLagging pages above 1000.",
            "short",
            "max(comms_follower_lag_events)",
            Limit(1000),
            "exporter",
        ),
        stat(
            55,
            "Newest event",
            "Since the newest event of any source, by the source's own time.",
            "s",
            "time() - max(comms_data_timestamp_seconds)",
            leads_to="exporter",
        ),
    ),
)

OVERVIEW = Board(
    uid="overview",
    title="Comms: overview",
    description="What is wrong now, is it arriving, who waits, what does it cost, and can the numbers be believed.",
    variables=(
        *filters("comms_messages_total", "tenant", "channel", "provider"),
        Switch("cost", "Cost"),
        Switch("performance", "Performance"),
    ),
    rows=(_NOW, _ALERTS, _ARRIVING, _WAITING, _COST, _BELIEVED),
)
