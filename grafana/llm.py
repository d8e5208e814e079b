"""The board "LLM": are language models answering, how fast, and what do they cost."""

from __future__ import annotations

from grafana.board import Board, Limit, Query, Row, graph, stat
from grafana.promql import DEFAULT_THRESHOLD, PROVIDER, TENANT, filters, increase, rate, top

_CALLS = f"{TENANT},{PROVIDER}"
_COST = f'comms_cost_usd_total{{basis="estimated",channel="llm",{_CALLS}}}'
_MODEL = "{{tenant}} {{provider}} {{model}}"

_NOW = Row(
    "Now",
    (
        stat(
            1,
            "Calls",
            "Calls to language models in the shown time.",
            "short",
            increase(f"comms_llm_requests_total{{{_CALLS}}}"),
        ),
        stat(
            2,
            "Highest failed share",
            "Of the calls of the last 5 minutes, the share that failed, for the worst tenant and model.",
            "percentunit",
            f"max(tenant_provider_model:comms_llm_requests_failed_per_request:ratio_rate5m{{{_CALLS}}})",
            Limit(0.1),
        ),
        stat(
            3,
            "Slowest model, p95",
            "95 of 100 calls of the slowest tenant and model take up to this time.",
            "s",
            f"max(tenant_provider_model:comms_llm_latency_seconds:p95_rate5m{{{_CALLS}}})",
            Limit(10),
        ),
        stat(
            4,
            "Tokens",
            "Tokens of all types in the shown time; the types do not overlap.",
            "short",
            increase(f"comms_llm_tokens_total{{{_CALLS}}}"),
        ),
        stat(5, "Cost", "Estimated cost of the shown time.", "currencyUSD", increase(_COST)),
    ),
)

_USED = Row(
    "What is used",
    (
        graph(
            11,
            "Calls by how they ended",
            "Calls a second.",
            "ops",
            Query(rate(f"comms_llm_requests_total{{{_CALLS}}}", "status"), "{{status}}"),
        ),
        graph(
            12,
            "Calls by model",
            "Calls a second; the ten models with most.",
            "ops",
            Query(
                top(rate(f"comms_llm_requests_total{{{_CALLS}}}", "provider, model")),
                "{{provider}} {{model}}",
            ),
        ),
        graph(
            13,
            "Tokens by type",
            "Tokens a second; the types do not overlap; the ten largest.",
            "ops",
            Query(
                top(rate(f"comms_llm_tokens_total{{{_CALLS}}}", "model, token_type")),
                "{{model}} {{token_type}}",
            ),
        ),
    ),
)

_WORKS = Row(
    "Do models answer, and in time",
    (
        graph(
            21,
            "Time of calls, p95",
            "95 of 100 calls take up to this time; LlmLatencyP95High makes a ticket above 10 seconds.",
            "s",
            Query(f"tenant_provider_model:comms_llm_latency_seconds:p95_rate5m{{{_CALLS}}}", _MODEL),
            limit=Limit(10),
        ),
        graph(
            22,
            "Failed share of calls",
            "Errors, timeouts and refusals over calls, 5 minutes; LlmErrorRatioHigh pages above 10%.",
            "percentunit",
            Query(
                f"tenant_provider_model:comms_llm_requests_failed_per_request:ratio_rate5m{{{_CALLS}}}",
                _MODEL,
            ),
            limit=Limit(0.1),
        ),
    ),
)

_COSTS = Row(
    "What do they cost",
    (
        graph(
            31,
            "Cost by tenant and provider",
            "US dollars an hour, estimated when the event was stored; the ten largest.",
            "currencyUSD",
            Query(top(f"3600 * {rate(_COST, 'tenant, provider')}"), "{{tenant}} {{provider}}"),
        ),
        graph(
            32,
            "Cost by kind of token",
            "US dollars an hour.",
            "currencyUSD",
            Query(f"3600 * {rate(_COST, 'component')}", "{{component}}"),
        ),
        graph(
            33,
            "Calls without a price",
            "Used, and missing from every cost; UnpricedUsage makes a ticket for any.",
            "ops",
            Query(
                top(rate(f'comms_unpriced_units_total{{channel="llm",{PROVIDER}}}', "provider, reason")),
                "{{provider}} {{reason}}",
            ),
        ),
        graph(
            34,
            "Cost of a conversation",
            "Money for language models over the conversations started in a day; LlmCostPerConversationHigh makes a "
            "ticket.",
            "currencyUSD",
            Query(f"tenant:comms_llm_cost_usd_per_conversation:ratio_increase1d{{{TENANT}}}", "{{tenant}}"),
            Query(f'{DEFAULT_THRESHOLD}{{rule="conversation_llm_usd"}}', "limit"),
        ),
    ),
)

LLM = Board(
    uid="llm",
    title="Comms: LLM",
    description="Are language models answering, how fast, and what do they cost.",
    variables=filters("comms_llm_requests_total", "tenant", "provider"),
    rows=(_NOW, _USED, _WORKS, _COSTS),
)
