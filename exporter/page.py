"""The page at /: what is going on, for somebody with no Grafana at hand."""

from __future__ import annotations

from html import escape
from importlib.metadata import version

from exporter.config import Config
from exporter.totals import Totals

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.25rem .75rem;border-bottom:1px solid #8884}"
    "td:last-child,th:last-child{text-align:right;font-variant-numeric:tabular-nums}"
)
_MOST_ROWS = 500
_SIMULATED = "<p><strong>Demo: these numbers come from simulated senders.</strong></p>"


def page(totals: Totals, config: Config, *, ready: bool, demo: bool) -> str:
    """HTML with the state of the ledger and the message counts by channel, provider and status."""
    counts = sorted(totals.counts("comms_messages_total", _MOST_ROWS))
    rows = "".join(
        f"<tr><td>{escape(' · '.join(key))}</td><td>{number:,}</td></tr>" for key, number in counts
    )
    state = "ready" if ready else "not ready: the ledger is away or still catching up"
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>comms-exporter</title>"
        f'<meta name=viewport content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>comms-exporter</h1>{_SIMULATED if demo else ''}<p>Version {escape(version('comms-exporter'))}, {state}. "
        f"Ledger at event {totals.seq:,}. Tenants configured: {len(config.tenants)}.</p>"
        "<h2>Messages</h2><table>"
        "<tr><th>tenant · channel · provider · direction · status</th><th>count</th></tr>"
        f"{rows or '<tr><td>none yet</td><td>0</td></tr>'}</table>"
        '<p><a href="/metrics">metrics</a> · <a href="/-/ready">ready</a> · <a href="/-/healthy">healthy</a></p>'
        "</html>"
    )
