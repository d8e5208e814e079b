"""The board "WhatsApp health": what WhatsApp thinks of us, how templates do, is it arriving."""

from __future__ import annotations

from grafana.board import Board, Limit, Panel, Query, Row, graph, stat
from grafana.promql import TENANT, THRESHOLD, filters, newest, or_zero, rate, top

_WHATSAPP = f'{TENANT},channel="whatsapp"'

_NOW = Row(
    "Now",
    (
        stat(
            1,
            "Numbers rated red",
            "Numbers whose quality is red; WhatsAppQualityRed pages.",
            "short",
            or_zero(
                "count(max by (tenant, name) "
                f'(comms_whatsapp_quality{{scope="number",quality="red",{TENANT}}}) == 1)'
            ),
            Limit(1),
        ),
        stat(
            2,
            "Templates that cannot be used",
            "Templates that are rejected, paused or disabled; one in use that stops pages (WhatsAppTemplateStopped).",
            "short",
            or_zero(
                "count(max by (tenant, template) (comms_whatsapp_template_state"
                f'{{state=~"rejected|paused|disabled",{TENANT}}}) == 1)'
            ),
            Limit(1, color="orange"),
        ),
        stat(
            3,
            "Lowest messaging limit",
            "Customers that the most limited number may write to first in 24 hours.",
            "short",
            f"min(comms_whatsapp_messaging_limit{{{TENANT}}})",
        ),
        stat(
            4,
            "Lowest delivered share",
            "Of the WhatsApp messages that ended within the last hour, the share delivered, for the worst tenant.",
            "percentunit",
            f"min(tenant_channel:comms_messages_delivered_per_final:ratio_rate1h{{{_WHATSAPP}}})",
        ),
        stat(
            5,
            "Alerts about accounts",
            "Pages and tickets of the subsystem account that fire now, of the chosen tenants.",
            "short",
            'count(ALERTS{alertstate="firing",subsystem="account",tenant=~"$tenant|"}) or vector(0)',
            Limit(1),
        ),
    ),
)

_ACCOUNTS = Row(
    "What WhatsApp thinks of us",
    (
        graph(
            11,
            "Templates by state",
            "Templates in each state; WhatsAppTemplateStopped pages for one in use that is paused or disabled.",
            "short",
            Query(
                "count by (state) (max by (tenant, template, state) ("
                f"comms_whatsapp_template_state{{{TENANT}}}) == 1)",
                "{{state}}",
            ),
        ),
        graph(
            12,
            "Quality of numbers and templates",
            "How many have each quality; WhatsAppQualityRed pages for a red number.",
            "short",
            Query(
                "count by (scope, quality) (max by (tenant, scope, name, quality) ("
                f"comms_whatsapp_quality{{{TENANT}}}) == 1)",
                "{{scope}} {{quality}}",
            ),
        ),
        graph(
            13,
            "Messaging limits",
            "Customers that each number may write to first in 24 hours; a lower limit makes a ticket.",
            "short",
            Query(
                newest(f"comms_whatsapp_messaging_limit{{{TENANT}}}", "tenant, sender"),
                "{{tenant}} {{sender}}",
            ),
        ),
        graph(
            14,
            "News about accounts",
            "What providers say in an hour; WhatsAppAccountRestricted pages, AccountAlertCritical makes a ticket.",
            "short",
            Query(
                top(
                    "sum by (provider, field, state) ("
                    f"tenant_provider_field_state:comms_account_events:increase1h{{{TENANT}}})"
                ),
                "{{provider}} {{field}}: {{state}} news",
            ),
        ),
    ),
)


def _of_templates(number: int, title: str, description: str, record: str) -> Panel:
    """A ratio of the ten templates where it is lowest."""
    query = Query(f"bottomk(10, {record}{{{TENANT}}})", "{{tenant}} {{template}}")
    return graph(number, title, description, "percentunit", query)


_TEMPLATES = Row(
    "How templates do",
    (
        _of_templates(
            21,
            "Delivered share of templates",
            "Of a day's messages sent, from 20 on; the ten lowest.",
            "tenant_template:comms_template_delivered_per_sent:ratio_increase1d",
        ),
        _of_templates(
            22,
            "Read share of templates",
            "Of a day's messages delivered, from 20 on; the ten lowest. Many customers have receipts off.",
            "tenant_template:comms_template_read_per_delivered:ratio_increase1d",
        ),
        _of_templates(
            23,
            "Clicked share of templates",
            "Of a day's messages delivered, from 20 on, by people; the ten lowest.",
            "tenant_template:comms_template_clicked_per_delivered:ratio_increase1d",
        ),
    ),
)

_ARRIVING = Row(
    "Is it arriving, and what fails",
    (
        graph(
            31,
            "Delivered share and its limit",
            "Delivered WhatsApp messages over those that ended, one hour; DeliveryRatioLow pages below the limit.",
            "percentunit",
            Query(
                f"tenant_channel:comms_messages_delivered_per_final:ratio_rate1h{{{_WHATSAPP}}}", "{{tenant}}"
            ),
            Query(f'{THRESHOLD}{{rule="delivery_ratio",{_WHATSAPP}}}', "limit {{tenant}}"),
        ),
        graph(
            32,
            "Messages by status",
            "Each (message, status) pair counts once, so a delivered and read message is in both lines.",
            "ops",
            Query(rate(f'comms_messages_total{{direction="outbound",{_WHATSAPP}}}', "status"), "{{status}}"),
        ),
        graph(
            33,
            "Failures by reason",
            "What Meta's error codes mean; the ten most frequent.",
            "ops",
            Query(top(rate(f"comms_message_errors_total{{{_WHATSAPP}}}", "error_class")), "{{error_class}}"),
        ),
    ),
)

WHATSAPP = Board(
    uid="whatsapp",
    title="Comms: WhatsApp health",
    description="What WhatsApp thinks of our accounts, numbers and templates, and whether its messages arrive.",
    variables=filters("comms_messages_total", "tenant"),
    rows=(_NOW, _ACCOUNTS, _TEMPLATES, _ARRIVING),
)
