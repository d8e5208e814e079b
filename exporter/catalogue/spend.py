"""The running month: spent, expected, allowed and to be saved."""

from __future__ import annotations

from exporter.catalogue.family import Family, Kind, Origin

SPEND = (
    Family(
        "comms_cost_month_to_date_usd",
        Kind.GAUGE,
        "Money spent in this calendar month (UTC), by our estimate, or by the bill where we made none; "
        "an empty channel is all of a tenant's.",
        ("tenant", "channel"),
        Origin.PROCESS,
    ),
    Family(
        "comms_cost_forecast_month_usd",
        Kind.GAUGE,
        "What this month will have cost at its end: expected, and the bounds it stays within nine times of ten.",
        ("tenant", "channel", "bound"),
        Origin.PROCESS,
    ),
    Family(
        "comms_cost_spike_score",
        Kind.GAUGE,
        "How far today's money is above a usual whole day, in usual errors of a day.",
        ("tenant", "channel"),
        Origin.PROCESS,
    ),
    Family(
        "comms_budget_limit_usd",
        Kind.GAUGE,
        "Money that may be spent in a calendar month (UTC); an empty channel is all of a tenant's.",
        ("tenant", "channel"),
        Origin.PROCESS,
    ),
    Family(
        "comms_budget_remaining_usd",
        Kind.GAUGE,
        "Money of the budget that is left this month; negative once it is overspent.",
        ("tenant", "channel"),
        Origin.PROCESS,
    ),
    Family(
        "comms_credit_rate",
        Kind.GAUGE,
        "Prepaid credits a US dollar: what one buys (sold), and what one of usage takes (used).",
        ("kind",),
        Origin.PROCESS,
    ),
    Family(
        "comms_credit_margin_ratio",
        Kind.GAUGE,
        "What a customer pays in credits for a dollar of usage beyond that dollar; 0.15 is 15 %.",
        (),
        Origin.PROCESS,
    ),
    Family(
        "comms_savings_usd",
        Kind.GAUGE,
        "Money of the last 30 days that need not have been spent, by what would save it.",
        ("tenant", "hint"),
        Origin.PROCESS,
    ),
)
