"""Rows of the board "Cost and bill" about what the money brings, and whether customers pay."""

from __future__ import annotations

from grafana.board import Limit, Query, Row, graph
from grafana.promql import TENANT, newest, rate

WORTH = Row(
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


PAYMENTS = Row(
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
