"""The sums over the trades that are live once every file is loaded."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import duckdb

from python_loaders.sample.accounts import account_name
from python_loaders.sample.engine import set_variables
from python_loaders.sample.market import STRATEGIES
from python_loaders.sample.plan import LIVE_SLOTS, FeedPlan, with_slots
from python_loaders.sample.trades import TRADES

MONEY_DIGITS = 10  # net profits are exact at this many decimals

TOTALS = """
    final as (
        select account, strategy_n, count(*) as trades, sum(net) as net
        from settled group by account, strategy_n
    )
    select account, strategy_n, trades, net
    from final order by account, strategy_n
"""


def trade_totals(connection: duckdb.DuckDBPyConnection, plan: FeedPlan) -> dict[str, Any]:
    """Live trades and their exact net profit as decimal text, by account and by strategy."""
    arguments = plan.arguments
    account_trades: Counter[int] = Counter()
    account_net: Counter[int] = Counter()
    strategy_trades: Counter[int] = Counter()
    strategy_net: Counter[int] = Counter()
    # part by part, so that memory does not grow with the sample
    for lo in range(0, plan.n, arguments.rows_per_file):
        hi = min(plan.n, lo + arguments.rows_per_file)
        set_variables(connection, plan.variables(lo, hi))
        query = with_slots(LIVE_SLOTS, TRADES + TOTALS)
        for account, strategy, trades, net in connection.execute(query).fetchall():
            account_trades[account] += trades
            account_net[account] += net
            strategy_trades[strategy] += trades
            strategy_net[strategy] += net
    accounts = [(account_name(key), key) for key in range(arguments.accounts)]
    strategies = [(STRATEGIES[key].name, key) for key in sorted(strategy_trades)]
    return {
        "trades_by_account": {name: account_trades[key] for name, key in accounts},
        "net_pnl_by_account": {name: _money(account_net[key]) for name, key in accounts},
        "trades_by_strategy": {name: strategy_trades[key] for name, key in strategies},
        "net_pnl_by_strategy": {name: _money(strategy_net[key]) for name, key in strategies},
    }


def _money(value: int) -> str:
    return f"{Decimal(value).scaleb(-MONEY_DIGITS):f}"
