"""The board "Channels": WhatsApp's opinion of us, templates, opens and complaints, models, payments, applications."""

from __future__ import annotations

from grafana.applications import APPLICATIONS, MODELS, PAYMENTS
from grafana.board import Board, Filter, Panel, Query, Row

_TENANT = 'tenant=~"$tenant"'
_CHANNELS = f'{_TENANT},channel=~"$channel"'
_ROUTES = f'{_CHANNELS},provider=~"$provider"'
_THRESHOLD = "tenant_channel_rule:comms_sla_threshold:effective"

_WHATSAPP = Row(
    "What WhatsApp thinks of us",
    (
        Panel(
            11,
            "timeseries",
            "Templates by state",
            "Templates in each state; WhatsAppTemplateStopped pages for one in use that is paused or disabled.",
            "short",
            (
                Query(
                    "count by (state) (max by (tenant, template, state) ("
                    f"comms_whatsapp_template_state{{{_TENANT}}}) == 1)",
                    "{{state}}",
                ),
            ),
        ),
        Panel(
            12,
            "timeseries",
            "Quality of numbers and templates",
            "How many have each quality; WhatsAppQualityRed pages for a red number.",
            "short",
            (
                Query(
                    "count by (scope, quality) (max by (tenant, scope, name, quality) ("
                    f"comms_whatsapp_quality{{{_TENANT}}}) == 1)",
                    "{{scope}} {{quality}}",
                ),
            ),
        ),
        Panel(
            13,
            "timeseries",
            "Messaging limits",
            "Customers that each number may write to first in 24 hours; a lower limit makes a ticket.",
            "short",
            (
                Query(
                    f"max by (tenant, sender) (comms_whatsapp_messaging_limit{{{_TENANT}}})",
                    "{{tenant}} {{sender}}",
                ),
            ),
        ),
        Panel(
            14,
            "timeseries",
            "News about accounts",
            "What providers say in an hour; WhatsAppAccountRestricted pages, AccountAlertCritical makes a ticket.",
            "short",
            (
                Query(
                    "sum by (provider, field, state) ("
                    f"tenant_provider_field_state:comms_account_events:increase1h{{{_TENANT}}})",
                    "{{provider}} {{field}} {{state}}",
                ),
            ),
        ),
    ),
)


def _of_templates(number: int, title: str, description: str, record: str) -> Panel:
    """A ratio of the ten templates where it is lowest."""
    query = Query(f"bottomk(10, {record}{{{_TENANT}}})", "{{tenant}} {{template}}")
    return Panel(number, "timeseries", title, description, "percentunit", (query,))


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

_ENGAGEMENT = Row(
    "What people do with messages",
    (
        Panel(
            31,
            "timeseries",
            "Messages opened, by people and by machines",
            "The first open of each message by each; proxies open mail that nobody reads.",
            "ops",
            (
                Query(
                    "sum by (channel, actor) (max without (instance) (rate(comms_messages_engaged_total"
                    f'{{action="open",{_CHANNELS}}}[$__rate_interval])))',
                    "{{channel}} {{actor}}",
                ),
            ),
        ),
        Panel(
            32,
            "timeseries",
            "Reported as spam",
            "Complaints over mails delivered in a day; a ticket above the limit, a page above 0.3%.",
            "percentunit",
            (
                Query(
                    f"tenant_channel:comms_complaints_per_delivered:ratio_increase1d{{{_CHANNELS}}}",
                    "{{tenant}} {{channel}}",
                ),
                Query(
                    f'{_THRESHOLD}{{rule="complaint_ratio",{_TENANT},channel="email"}}', "limit {{tenant}}"
                ),
            ),
            limit=0.003,
        ),
        Panel(
            33,
            "timeseries",
            "Opted out in an hour",
            "OptOutSpike makes a ticket above three times the hourly mean of 7 days.",
            "short",
            (
                Query(f"tenant_channel:comms_opt_outs:increase1h{{{_CHANNELS}}}", "{{tenant}} {{channel}}"),
                Query(
                    f"3 * tenant_channel:comms_opt_outs:mean1h_over7d{{{_CHANNELS}}}",
                    "limit {{tenant}} {{channel}}",
                ),
            ),
        ),
        Panel(
            34,
            "timeseries",
            "Overdue share",
            "Messages of 7 days without a final status in time, over those due; MessagesOverdue makes a ticket.",
            "percentunit",
            (
                Query(
                    f"tenant_channel_provider:comms_messages_overdue_per_due:ratio{{{_ROUTES}}}",
                    "{{tenant}} {{channel}} {{provider}}",
                ),
                Query(
                    f'1 - {_THRESHOLD}{{rule="delivery_ratio",{_CHANNELS}}}', "limit {{tenant}} {{channel}}"
                ),
            ),
        ),
    ),
)

CHANNELS = Board(
    uid="channels",
    title="Comms: channels",
    description="What WhatsApp thinks of us, what people do with messages, models, payments and applications.",
    filters=(
        Filter("tenant", "Tenant", "label_values(comms_messages_total, tenant)"),
        Filter("channel", "Channel", f"label_values(comms_messages_total{{{_TENANT}}}, channel)"),
        Filter("provider", "Provider", f"label_values(comms_messages_total{{{_CHANNELS}}}, provider)"),
    ),
    rows=(_WHATSAPP, _TEMPLATES, _ENGAGEMENT, MODELS, PAYMENTS, APPLICATIONS),
)
