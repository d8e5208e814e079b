"""Where a webhook may go: which URLs may be asked for, and which addresses may be connected to.

A name is checked when a connection is made and by the very address that it is made to: to look it up, check it and let
somebody else look it up again is beaten by a name that changes between the two (gitlab-org/gitlab issue 28485).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

from exporter.config.webhooks import WebhooksConfig

_LONGEST_URL = 2_048
_HTTP_PORT = 80
_NEVER = [
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo and other protocol assignments
        "2002::/16",  # 6to4: holds an IPv4 address
        "3fff::/20",  # documentation
    )
]
_PUBLIC_IPV6 = IPv6Network("2000::/3")
Network = IPv4Network | IPv6Network


class NotAllowed(OSError):
    """An address that webhooks may not go to."""


def url_problem(text: str, config: WebhooksConfig) -> str | None:
    """What is wrong with a URL that a tenant gives, without any of it; None where it may be called."""
    try:
        url = URL(text)
        host, port = url.host, url.port
    except ValueError:
        return "is no URL"
    if (
        len(text) > _LONGEST_URL
        or not text.isascii()
        or not text.isprintable()
        or "\\" in text
        or " " in text
    ):
        return "is no URL of plain characters, at most 2,048"
    if url.scheme != "https" and not (config.allow_http and url.scheme == "http"):
        return "must begin with https://"
    if (
        not host
        or url.user is not None
        or url.password is not None
        or url.fragment
        or "@" in url.raw_authority
    ):
        return "must have a host, and neither a user nor a fragment"
    if port not in config.ports and not (url.scheme == "http" and port == _HTTP_PORT):
        return "has a port that webhooks may not go to"
    return None if _may_be_asked(host, config) else "has an address that webhooks may not go to"


def _may_be_asked(host: str, config: WebhooksConfig) -> bool:
    """False for an address that is known to be refused; names are looked up when they are called."""
    try:
        return is_allowed(host, networks(config))
    except ValueError:
        return True


def networks(config: WebhooksConfig) -> list[Network]:
    """The networks inside that the operator allows."""
    return [ip_network(text) for text in config.allowed_networks]


def is_allowed(host: str, allowed: Iterable[Network]) -> bool:
    """Whether an IP address may be connected to.

    Raises:
        ValueError: it is no address.
    """
    address = ip_address(host)
    if any(address in network for network in allowed):
        return True
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address not in _PUBLIC_IPV6 or address.scope_id is not None):
        return False
    never = address.is_multicast or address.is_reserved or any(address in network for network in _NEVER)
    return address.is_global and not never
