"""The board "Conversations and handoffs": are customers helped, who hands over and why, how long do they wait."""

from __future__ import annotations

from grafana.board import Board, Query, Row, graph, stat
from grafana.promql import TENANT, filters, increase, quantile, rate


def _reached(state: str) -> str:
    """Conversations that reached a state in the shown time."""
    return increase(f'comms_conversations_total{{state="{state}",{TENANT}}}')


_NOW = Row(
    "Now",
    (
        stat(
            1,
            "Conversations started",
            "In the shown time.",
            "short",
            _reached("started"),
        ),
        stat(
            2,
            "Resolved",
            "Conversations resolved in the shown time, over those started in it.",
            "percentunit",
            f"{_reached('resolved')} / ({_reached('started')} > 0)",
        ),
        stat(
            3,
            "Handed to a person",
            "Conversations handed over in the shown time, over those started in it.",
            "percentunit",
            f"{_reached('handed_off')} / ({_reached('started')} > 0)",
        ),
        stat(
            4,
            "Wait for a person, p95",
            "95 of 100 customers handed over waited up to this time, in the last minutes.",
            "s",
            quantile(0.95, "comms_handoff_wait_seconds", TENANT),
        ),
        stat(
            5,
            "Slowest answers, p95",
            "95 of 100 customers of the slowest tenant and channel got their answer within this time.",
            "s",
            f"max(tenant_channel:comms_message_response_seconds:p95_rate5m{{{TENANT}}})",
        ),
    ),
)

_HELPED = Row(
    "Are customers helped",
    (
        graph(
            11,
            "Conversations by state",
            "Conversations a second that reached a state.",
            "ops",
            Query(rate(f"comms_conversations_total{{{TENANT}}}", "state"), "{{state}}"),
        ),
        graph(
            12,
            "Resolved and handed off",
            "Shares of the conversations started within a day; from 20 on.",
            "percentunit",
            Query(
                f"tenant:comms_conversations_resolved_per_conversation:ratio_increase1d{{{TENANT}}}",
                "{{tenant}} resolved",
            ),
            Query(
                f"tenant:comms_conversations_handed_off_per_conversation:ratio_increase1d{{{TENANT}}}",
                "{{tenant}} handed off",
            ),
        ),
        graph(
            13,
            "Cost of a conversation",
            "Cost of a day over all channels, over conversations started and resolved; from 20 on.",
            "currencyUSD",
            Query(
                f"tenant:comms_cost_usd_per_conversation:ratio_increase1d{{{TENANT}}}", "{{tenant}} started"
            ),
            Query(
                f"tenant:comms_cost_usd_per_resolved_conversation:ratio_increase1d{{{TENANT}}}",
                "{{tenant}} resolved",
            ),
        ),
    ),
)

_HANDED = Row(
    "Why are customers handed over, and how long do they wait",
    (
        graph(
            21,
            "Handoffs by trigger",
            "Handoffs a second from a machine to a person, by what caused them.",
            "ops",
            Query(rate(f"comms_handoffs_total{{{TENANT}}}", "trigger"), "{{trigger}}"),
        ),
        graph(
            22,
            "Wait for a person",
            "Half, and 95 of 100, customers waited up to this time.",
            "s",
            Query(quantile(0.5, "comms_handoff_wait_seconds", TENANT, "tenant"), "p50 {{tenant}}"),
            Query(quantile(0.95, "comms_handoff_wait_seconds", TENANT, "tenant"), "p95 {{tenant}}"),
        ),
        graph(
            23,
            "Length of conversations",
            "Half, and 95 of 100, conversations that ended lasted up to this time.",
            "s",
            Query(quantile(0.5, "comms_conversation_duration_seconds", TENANT, "tenant"), "p50 {{tenant}}"),
            Query(quantile(0.95, "comms_conversation_duration_seconds", TENANT, "tenant"), "p95 {{tenant}}"),
        ),
    ),
)

_ACTED = Row(
    "What do people do with messages",
    (
        graph(
            31,
            "Replies, clicks and actions",
            "By people, a second.",
            "ops",
            Query(rate(f'comms_engagements_total{{actor="human",{TENANT}}}', "action"), "{{action}}"),
        ),
        graph(
            32,
            "Gained and lost by acting",
            "US dollars an hour that users gained or lost by acting on messages.",
            "currencyUSD",
            Query(
                f"3600 * {rate(f'comms_outcome_usd_total{{{TENANT}}}', 'action, direction')}",
                "{{action}} {{direction}}",
            ),
        ),
    ),
)

CONVERSATIONS = Board(
    uid="conversations",
    title="Comms: conversations and handoffs",
    description="Are customers helped, why are they handed to a person, how long do they wait, what do they do.",
    variables=filters("comms_messages_total", "tenant"),
    rows=(_NOW, _HELPED, _HANDED, _ACTED),
)
