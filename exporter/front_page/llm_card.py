"""The card about language models, beside those of the channels."""

from __future__ import annotations

from exporter.front_page.facts import facts
from exporter.front_page.figures import count, money
from exporter.front_page.html import Html, element
from exporter.front_page.llm import Llm


def llm_card(found: Llm) -> Html:
    """Calls, their cost, and the dearest models."""
    whole, more = found.whole, found.models_in_all - len(found.models)
    pairs = [
        ("Calls", count("llm/requests", whole.total_requests)),
        ("Cost", money("llm/cost_usd", whole.total_cost_usd)),
        ("Cost of a call", money("llm/cost_per_request_usd", whole.avg_cost_per_request_usd)),
        *[(one.model, money(f"llm/{one.model}", one.cost_usd)) for one in found.models],
    ]
    rest = element("p", f"and {more:,} cheaper models") if more else None
    return element("article", element("h3", "Language models"), facts(pairs), rest)
