"""The board "Cost and bill": what is spent, is it within budget, does it agree with the bill, what does it bring."""

from __future__ import annotations

from grafana.board import Board
from grafana.money_bill import ACCOUNTS, BILL
from grafana.money_spend import BUDGET, NOW, SPEND, SURE
from grafana.money_worth import PAYMENTS, WORTH
from grafana.promql import filters

MONEY = Board(
    uid="money",
    title="Comms: cost and bill",
    description="What is spent, is it within budget, does it agree with the bill, what does it bring, who pays.",
    variables=filters("comms_cost_usd_total", "tenant", "channel", "provider"),
    rows=(NOW, SPEND, SURE, BUDGET, BILL, ACCOUNTS, WORTH, PAYMENTS),
    since="now-7d",
)
