"""Who opened or clicked: a person, or a machine that fetches what nobody looked at yet.

Proxies that fetch when a person opens are no machines in this sense: Gmail's GoogleImageProxy and YahooMailProxy.
Addresses are not compared: the vendors' lists change, and some (Microsoft Safe Links) have neither list nor name.
"""

from __future__ import annotations

import re
from datetime import timedelta

from exporter.vocabulary import Actor

INSTANT = timedelta(seconds=5)
"""No person opens or clicks within this time of sending; filters between the two do."""

_PREFETCHERS = frozenset(
    {
        # Apple Mail Privacy Protection: documentation.mailgun.com, open and click bot detection.
        "Mozilla/5.0",
        # Gmail, before the message is shown: bird.com/blog/gmail-prefetching-images.
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
        "Safari/537.36 Edge/12.246 Mozilla/5.0",
    }
)
# Mail filters that say who they are, and libraries that scripts use: suped.com/learn, bot user agents in click data.
_names_a_machine = re.compile(
    "barracuda|proofpoint|mimecast|python-requests|aiohttp|wget|curl/|jetty|apache-httpclient|lua-resty-http"
    "|slackbot-linkexpanding",
    re.IGNORECASE,
).search
_LONGEST_USER_AGENT = 1024


def actor_of(user_agent: object, *, flagged: bool = False, after: timedelta | None = None) -> Actor:
    """Who it was.

    Args:
        user_agent: as the provider saw it.
        flagged: the provider says that it was a machine.
        after: the time since the message was sent, where the provider says both times.
    """
    instant = after is not None and abs(after) < INSTANT
    return Actor.MACHINE if flagged or instant or _is_machine(user_agent) else Actor.HUMAN


def _is_machine(user_agent: object) -> bool:
    if not isinstance(user_agent, str):
        return False
    return user_agent in _PREFETCHERS or _names_a_machine(user_agent[:_LONGEST_USER_AGENT]) is not None
