"""The board "Delivery": is it arriving, how fast, what fails, who waits, what do receivers say, what holds it back."""

from __future__ import annotations

from grafana.board import Board
from grafana.delivery_arriving import ARRIVING, BUDGET, NOW
from grafana.delivery_outside import HELD_BACK, RECEIVERS, WEBHOOKS
from grafana.delivery_waiting import FAST, WAITING
from grafana.promql import filters

DELIVERY = Board(
    uid="delivery",
    title="Comms: delivery",
    description="Is it arriving, how fast, what fails, who waits, what do receivers say, what holds messages back.",
    variables=filters("comms_messages_total", "tenant", "channel", "provider"),
    rows=(NOW, ARRIVING, BUDGET, FAST, WAITING, RECEIVERS, HELD_BACK, WEBHOOKS),
)
