"""Every command, in the order in which `--help` lists them; the first runs when none is named."""

from __future__ import annotations

from exporter.commands.backtest import BACKTEST
from exporter.commands.check import CHECK
from exporter.commands.demo import DEMO
from exporter.commands.erase import ERASE
from exporter.commands.logs import LOGS
from exporter.commands.price import PRICE
from exporter.commands.replay import REPLAY
from exporter.commands.savings import SAVINGS
from exporter.commands.scan import SCAN
from exporter.commands.serve import SERVE
from exporter.commands.token import TOKEN
from exporter.commands.urls import URLS

COMMANDS = (SERVE, CHECK, URLS, SAVINGS, SCAN, REPLAY, ERASE, LOGS, PRICE, TOKEN, BACKTEST, DEMO)
