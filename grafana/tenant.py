"""The board "Tenant": one tenant's messages, answers and money, and its users from PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from grafana.board import Board, Column, Filter, Limit, Panel, Query, Row, Sql, Switch, graph, stat
from grafana.promql import alerting, increase, newest, quantile, rate, waiting_over_an_hour

_TENANT = 'tenant="$tenant"'
_SENT = f'comms_messages_total{{direction="outbound",status="sent",{_TENANT}}}'
_COST = f'comms_cost_usd_total{{basis="estimated",{_TENANT}}}'
_RECORD = "tenant_channel:comms_messages"
_CHANNEL = "{{channel}}"
_LIMIT = "limit {{channel}}"
_THRESHOLD = "tenant_channel_rule:comms_sla_threshold:effective"

_MESSAGES = Row(
    "Do its messages arrive",
    (
        stat(
            1, "Sent", "Outbound messages in the shown time.", "short", increase(_SENT), leads_to="delivery"
        ),
        stat(
            2,
            "Lowest delivered share",
            "Of the messages that ended within the last hour, the share delivered, for the worst channel.",
            "percentunit",
            f"min({_RECORD}_delivered_per_final:ratio_rate1h{{{_TENANT}}})",
            leads_to="delivery",
        ),
        stat(
            3,
            "Highest failed share",
            "Of the messages of the last 5 minutes, the share that failed, for the worst channel.",
            "percentunit",
            f"max({_RECORD}_failed_per_attempted:ratio_rate5m{{{_TENANT}}})",
            leads_to="delivery",
        ),
        stat(
            4,
            "Waiting over an hour",
            "Outbound messages accepted over an hour ago without a final status.",
            "short",
            waiting_over_an_hour(_TENANT),
            leads_to="delivery",
        ),
        stat(
            5,
            "Beyond its limits",
            "Channels that fail too often, do not arrive or answer slowly, firing or pending.",
            "short",
            alerting(
                "MessageErrorRatioHigh", "DeliveryRatioLow", "NoDeliveryReceipts", "ResponseTimeP95High"
            ),
            Limit(1),
        ),
    ),
)

_PERFORMANCE = Row(
    "How well and how fast",
    (
        graph(
            11,
            "Delivered share and its limit",
            "Delivered messages over those that ended, one hour, by channel.",
            "percentunit",
            Query(f"{_RECORD}_delivered_per_final:ratio_rate1h{{{_TENANT}}}", _CHANNEL),
            Query(f'{_THRESHOLD}{{rule="delivery_ratio",{_TENANT}}}', _LIMIT),
        ),
        graph(
            12,
            "Failed share and its limit",
            "Failed messages over those attempted, 5 minutes, by channel.",
            "percentunit",
            Query(f"{_RECORD}_failed_per_attempted:ratio_rate5m{{{_TENANT}}}", _CHANNEL),
            Query(f'{_THRESHOLD}{{rule="error_ratio",{_TENANT}}}', _LIMIT),
        ),
        graph(
            13,
            "Answer time p95 and its limit",
            "95 of 100 customers got their answer within this time.",
            "s",
            Query(f"tenant_channel:comms_message_response_seconds:p95_rate5m{{{_TENANT}}}", _CHANNEL),
            Query(f'{_THRESHOLD}{{rule="response_p95_seconds",{_TENANT}}}', _LIMIT),
        ),
        graph(
            14,
            "Wait for a person, p95",
            "95 of 100 customers handed over waited up to this time.",
            "s",
            Query(quantile(0.95, "comms_handoff_wait_seconds", _TENANT), "p95"),
        ),
    ),
    switch="performance",
)

_MONEY = Row(
    "What does it cost",
    (
        stat(
            21, "Cost", "Estimated cost of the shown time.", "currencyUSD", increase(_COST), leads_to="money"
        ),
        stat(
            22,
            "Month to date",
            "Spent since the first of the month (UTC).",
            "currencyUSD",
            f'max(comms_cost_month_to_date_usd{{channel="",{_TENANT}}})',
            leads_to="money",
        ),
        stat(
            23,
            "Expected at the month's end",
            "Forecast of the whole month.",
            "currencyUSD",
            f'max(comms_cost_forecast_month_usd{{channel="",bound="expected",{_TENANT}}})',
            leads_to="money",
        ),
        stat(
            24,
            "Credits left",
            "Prepaid credits, summed over its users.",
            "short",
            f"max(comms_credit_balance{{{_TENANT}}})",
            leads_to="money",
        ),
    ),
    switch="cost",
)

_SPENT = Row(
    "What is it spent on",
    (
        graph(
            31,
            "Cost by channel and provider",
            "US dollars an hour, estimated when the event was stored.",
            "currencyUSD",
            Query(f"3600 * {rate(_COST, 'channel, provider')}", "{{channel}} {{provider}}"),
        ),
        graph(
            32,
            "Month to date and budget",
            "By channel; a channel without a name is all of them.",
            "currencyUSD",
            Query(newest(f"comms_cost_month_to_date_usd{{{_TENANT}}}", "channel"), "to date {{channel}}"),
            Query(newest(f"comms_budget_limit_usd{{{_TENANT}}}", "channel"), "limit {{channel}}"),
        ),
    ),
    switch="cost",
)


def _sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


_COUNTS = (
    Column("message_type", "type"),
    Column("cost_usd", "cost", "currencyUSD"),
    Column("user_id", "user"),
    Column("last_at", "last message", "dateTimeAsIso"),
)

_USERS_ROW = Row(
    "Who are its users, and what do they get (PostgreSQL)",
    (
        Panel(
            41,
            "timeseries",
            "Messages a day",
            "Outbound messages by the day (UTC) they began, and how they ended.",
            "short",
            (Sql(_sql("messages_a_day"), over_time=True),),
            width=8,
        ),
        Panel(
            42,
            "table",
            "Users",
            "The fifty users with most outbound messages in the shown days.",
            "short",
            (Sql(_sql("users")),),
            columns=_COUNTS,
        ),
        Panel(
            43,
            "table",
            "Types of messages",
            "Outbound messages in the shown days, by what they are about.",
            "short",
            (Sql(_sql("message_types")),),
            columns=_COUNTS,
        ),
    ),
)

TENANT_BOARD = Board(
    uid="tenant",
    title="Comms: tenant",
    description="One tenant: do its messages arrive, how fast, what does it cost, and who are its users.",
    variables=(
        Filter("tenant", "Tenant", "label_values(comms_messages_total, tenant)", one=True),
        Switch("cost", "Cost"),
        Switch("performance", "Performance"),
    ),
    rows=(_MESSAGES, _PERFORMANCE, _MONEY, _SPENT, _USERS_ROW),
    since="now-7d",
    reads_sql=True,
)
