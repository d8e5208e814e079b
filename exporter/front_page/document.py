"""The whole document, and the one that asks for a token."""

from __future__ import annotations

from importlib.metadata import version

from exporter.config import Config
from exporter.front_page import sections
from exporter.front_page.assets import address
from exporter.front_page.html import Html, element, together
from exporter.front_page.look import Look
from exporter.front_page.money_section import money_section
from exporter.front_page.visit import Visit

BOARDS = {
    "overview": "Overview",
    "delivery": "Delivery",
    "conversations": "Conversations",
    "llm": "Language models",
    "money": "Cost and bill",
    "whatsapp": "WhatsApp",
    "tenant": "Tenant",
    "exporter": "The exporter itself",
}
"""Grafana's boards by uid, as grafana/dashboards has them."""
_OWN_LINKS = {
    "/metrics": "Metrics",
    "/api/openapi.json": "API (OpenAPI)",
    "/-/ready": "Ready",
    "/-/healthy": "Healthy",
}
_SIMULATED = "Demo: these numbers come from simulated senders."


def document(look: Look, config: Config) -> str:
    """The page."""
    visit = look.visit
    main = element(
        "main",
        element("p", element("strong", _SIMULATED), class_="notice") if look.demo else None,
        sections.now(look),
        sections.alerts(look),
        sections.channels(look),
        money_section(look, config.sla.bill_drift_ratio),
        sections.senders(look),
        sections.notifications(look),
        sections.counts(look),
        id="main",
        tabindex=-1,
    )
    top = element("header", element("h1", "comms-exporter"), _bell(look), _account(visit), _filter(look))
    return _whole("comms-exporter", top, main, _links(config))


def login(detail: str | None) -> str:
    """The page that asks for a token, with what was wrong with the last one."""
    wrong = element("p", detail, class_="bad", role="alert") if detail else None
    field = element(
        "input", id="token", name="token", type="password", required=True, autocomplete="off",
        aria_describedby="where",
    )  # fmt: skip
    where = (
        "The token that the API takes; comms-exporter token makes one for trials. "
        "It stays in this browser until that is closed."
    )
    form = element(
        "form",
        wrong,
        element("p", element("label", "Token ", for_="token"), field, " ", element("button", "Log in")),
        element("p", where, id="where"),
        method="post",
        action="/login",
    )
    top = element("header", element("h1", "comms-exporter"))
    return _whole("comms-exporter: log in", top, element("main", form, id="main", tabindex=-1), None)


def _whole(title: str, *body: str | None) -> str:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("link", rel="icon", href=address("icon.svg")),
        element("link", rel="stylesheet", href=address("page.css")),
        element("script", src=address("page.js"), defer=True),
    )
    skip = element("a", "Skip to content", href="#main", class_="skip")
    return "<!doctype html>" + element("html", head, element("body", skip, *body), lang="en")


def _bell(look: Look) -> Html | None:
    if look.inbox is None:
        return None
    badge = element(
        "a", "Notifications: ", element("strong", f"{look.inbox.unread:,}"), " unread", href="#notifications"
    )
    return element("p", badge, id="bell-live", data_live=True)


def _account(visit: Visit) -> Html | None:
    if visit.caller is None:
        return None
    of = visit.tenant or "all tenants"
    out = element("form", element("button", "Log out"), method="post", action="/logout")
    return element(
        "div", element("span", f"{visit.caller.role.value.replace('_', ' ')} of {of}"), out, class_="account"
    )


def _filter(look: Look) -> Html:
    """A plain form, so that it works without a script."""
    visit = look.visit
    choices = [_select("range", "Time", visit.spans, visit.span)]
    if visit.sees_all_tenants:
        offered = {"": "All", **{tenant: tenant for tenant in look.tenants}}
        chosen = visit.tenant or ""
        choices.append(_select("tenant", "Tenant", {**offered, chosen: offered.get(chosen, chosen)}, chosen))
    status = element("span", id="updated", role="status")
    return element(
        "form", *choices, element("button", "Show"), status, method="get", action="/", class_="filter"
    )


def _select(name: str, title: str, offered: dict[str, str], chosen: str) -> Html:
    options = [
        element("option", words, value=value, selected=value == chosen) for value, words in offered.items()
    ]
    return element("label", f"{title} ", element("select", *options, name=name))


def _links(config: Config) -> Html:
    grafana_url, docs_url = config.links.grafana_url, config.links.docs_url
    boards = {f"{grafana_url}/d/{uid}": title for uid, title in BOARDS.items()} if grafana_url else {}
    docs = {docs_url: "Documentation"} if docs_url else {}
    nav = [
        element("nav", element("h2", title), _list(links), aria_label=title)
        for title, links in (("Boards", boards), ("More", {**docs, **_OWN_LINKS}))
        if links
    ]
    return element("footer", together(nav), element("p", f"comms-exporter {version('comms-exporter')}"))


def _list(links: dict[str, str]) -> Html:
    return element("ul", *[element("li", element("a", title, href=url)) for url, title in links.items()])
