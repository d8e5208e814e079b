"""Where webhooks may go: public addresses, by https, at ports that are allowed."""

from __future__ import annotations

import pytest

from exporter.config.webhooks import WebhooksConfig
from exporter.outbound.destination import is_allowed, networks, url_problem

INSIDE = (
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_allowed(address, [])


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_what_is_public_is_not(address: str) -> None:
    assert is_allowed(address, [])


def test_an_operator_may_allow_a_network_inside() -> None:
    allowed = networks(WebhooksConfig(allowed_networks=["10.1.0.0/16"]))
    assert is_allowed("10.1.2.3", allowed)
    assert not is_allowed("10.2.2.3", allowed)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "https://hooks.example.com:443/",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
    ],
)
def test_a_public_https_url_is_good(url: str) -> None:
    assert url_problem(url, WebhooksConfig()) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
        "https://",
        "https:///path",
        "https://user@hooks.example.com/",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://hooks.example.com#@127.0.0.1/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:80/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/\r\nHost: inside",
        "https://hooks.example.com/a b",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://exämple.com/",
        "https://hooks.example.com/" + "a" * 2048,
        *(f"https://[{one}]/" if ":" in one else f"https://{one}/" for one in INSIDE),
    ],
)
def test_any_other_url_is_refused_without_being_repeated(url: str) -> None:
    problem = url_problem(url, WebhooksConfig())
    assert problem is not None
    assert not url or url not in problem
    assert "example" not in problem


def test_http_and_more_ports_only_where_the_operator_allows_them() -> None:
    open_minded = WebhooksConfig(allow_http=True, ports=[443, 8443])
    assert url_problem("http://hooks.example.com/", open_minded) is None
    assert url_problem("https://hooks.example.com:8443/", open_minded) is None
    assert url_problem("https://hooks.example.com:8444/", open_minded) is not None
