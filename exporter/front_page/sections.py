"""The sections of the page that everybody sees: state, alerts, channels, senders, counts."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from exporter.api.arrival import Arrival
from exporter.api.compliance import Rule
from exporter.front_page.channels import Channel
from exporter.front_page.chart import chart
from exporter.front_page.facts import facts
from exporter.front_page.figures import count, limit, moment, percent, rate, seconds
from exporter.front_page.firing import Alert
from exporter.front_page.html import Html, element, together
from exporter.front_page.llm_card import llm_card
from exporter.front_page.look import Look
from exporter.ledger.entries import FIRST

_AWAY = (
    "The database does not answer, or the exporter is still catching up. What needs it is left out; "
    "everything else here comes from memory."
)
_RULES = {
    "delivery_ratio": ("Delivered", "at least"),
    "error_ratio": ("Failed", "at most"),
    "response_p95_seconds": ("95 of 100 answered within", "at most"),
    "response_p99_seconds": ("99 of 100 answered within", "at most"),
}
_VERDICTS = {True: ("✓", "good"), False: ("✗ should be", "bad"), None: ("too few to judge,", "few")}


def section(name: str, title: str, *children: str | None) -> Html:
    """A section with a heading; what is in it is replaced while the page is open."""
    live = element("div", *children, id=f"{name}-live", data_live=True)
    return element("section", element("h2", title, id=name), live, aria_labelledby=name)


def table(caption: str, heads: list[str], rows: list[list[str]]) -> Html:
    """A table that scrolls by itself where the screen is narrow; its first column names the rows."""
    head = element("tr", *[element("th", one, scope="col") for one in heads])
    body = [
        element("tr", element("th", row[0], scope="row"), *[element("td", one) for one in row[1:]])
        for row in rows
    ]
    inner = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", inner, class_="wide", tabindex=0, role="region", aria_label=caption)


def now(look: Look) -> Html:
    """Whether it works, how much comes, and how old the sums are."""
    state = "ready" if look.ready else "not ready: the ledger is away or still catching up"
    known = [("State", element("span", state, class_="good" if look.ready else "bad"))]
    if look.visit.sees_all_tenants:
        known.append(("Events per second, last minute", rate("events_per_s", look.pace_per_s)))
        known.append(("Ledger at event", count("seq", look.seq)))
    if look.sums:
        as_of = look.sums.as_of
        known.append(("Sums brought up", moment(as_of if as_of > FIRST else None, look.now)))
        known.append(("Events not in the sums yet", count("lag_events", look.sums.lag_events)))
    away = None if look.sums else element("p", _AWAY, class_="notice", role="status")
    return section("now", "Now", facts(known), away)


def alerts(look: Look) -> Html | None:
    """What fires, and who says so."""
    if look.firing is None:
        return None
    firing = look.firing
    title = element("p", count("firing", firing.number), " firing. ", firing.told_by)
    rows = element("ul", *[_alert(one, look.now) for one in firing.alerts], class_="alerts")
    more = firing.number - len(firing.alerts)
    rest = element("p", f"and {more:,} more") if more else None
    return section("alerts", "Alerts", title, rows if firing.alerts else None, rest)


def channels(look: Look) -> Html:
    """A card for each channel, and one for language models."""
    if look.sums is None:
        return section("channels", "Channels", element("p", "Not known while the database is away."))
    cards = [_card(channel, look) for channel in look.sums.channels]
    cards += [llm_card(look.sums.llm)] if look.sums.llm else []
    none = element("p", "No messages in this time.")
    return section("channels", "Channels", element("div", *cards, class_="cards") if cards else none)


def senders(look: Look) -> Html:
    """Who sends to us, and when last."""
    rows = [
        [
            one["source"],
            _status(one["status"]),
            moment(one["last_event_at"], look.now),
            moment(one["last_webhook_at"], look.now),
        ]
        for one in look.senders
    ]
    heads = ["Source", "Status", "Newest event", "Newest request here"]
    return section("sources", "Sources", table("Sources and how fresh they are", heads, rows))


def notifications(look: Look) -> Html | None:
    """The newest of whoever looks."""
    if look.inbox is None:
        return None
    rows = element("ul", *[element("li", title) for title in look.inbox.newest])
    unread = element("p", count("unread", look.inbox.unread), " unread")
    return section("notifications", "Notifications", unread, rows if look.inbox.newest else None)


def counts(look: Look) -> Html | None:
    """Everything that was counted since the ledger began; open where nothing else is to be seen."""
    if look.visit.own_only:
        return None
    rows = [[" · ".join(key), count("/".join(key), number)] for key, number in look.counts]
    heads = ["Tenant · channel · provider · direction · status", "Count"]
    shown = table("Messages since the ledger began", heads, rows or [["none yet", "0"]])
    live = element("div", shown, id="counts-live", data_live=True)
    summary = element("summary", "All messages since the ledger began, as /metrics counts them")
    return element("details", summary, live, open=look.sums is None)


def _alert(alert: Alert, now: datetime) -> Html:
    since = together((", since ", moment(alert.since, now))) if alert.since else None
    about = f" {alert.about}" if alert.about else None
    name = _RULES[alert.name][0] if alert.name in _RULES else alert.name
    return element("li", element("strong", name), f" ({alert.severity})", about, since)


def _card(channel: Channel, look: Look) -> Html:
    name, tried = channel.name, channel.arrival
    told = [
        ("Attempted · delivered · failed", _counted(name, tried)),
        ("Received", count(f"{name}/received", tried.received)),
        *[(_RULES[rule.rule][0], _judged(rule)) for rule in channel.rules],
    ]
    drawing = chart(name, channel.bars, hourly=look.visit.hourly)
    return element("article", element("h3", name), facts(told), drawing)


def _counted(name: str, tried: Arrival) -> Html:
    numbers = {"attempted": tried.attempted, "delivered": tried.delivered, "failed": tried.failed}
    first, *others = [count(f"{name}/{what}", number) for what, number in numbers.items()]
    return together((first, *chain.from_iterable((" · ", other) for other in others)))


def _judged(rule: Rule) -> Html:
    write = seconds if rule.rule.endswith("_seconds") else percent
    observed = None if rule.observed is None else float(rule.observed)
    words, kind = _VERDICTS[rule.compliant]
    verdict = f"{words} {_RULES[rule.rule][1]} {limit(rule.rule, rule.threshold)}"
    return together(
        (write(f"{rule.channel}/{rule.rule}", observed), " ", element("span", verdict, class_=kind))
    )


def _status(status: str) -> Html:
    kind = {"ok": "good", "failing": "bad"}.get(status, "few")
    return element("span", status.replace("_", " "), class_=kind)
