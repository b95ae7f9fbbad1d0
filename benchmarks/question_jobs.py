"""The jobs of ``benchmarks.questions``, each in a process of its own; see ``benchmarks.jobs``.

``export_answers``: fct_trades, agg_trades_daily and rpt_equity_curve as Parquet, for the peers; the
rows are those of the trades.
``ask ENGINE QUESTION CALLS``: a question so many times, accounts and days at random; the median as
seconds, and the 95th percentile. ENGINE is ``ours``, ``duckdb`` or ``postgres``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from benchmarks.calls import open_warehouse, timed_calls
from benchmarks.engines import ENGINES, Copied, Question, export
from benchmarks.measure import result

TABLES = {
    "fct_trades": Copied(
        {
            "account_id": "text", "trade_id": "text", "strategy": "text", "symbol": "text",
            "side": "text", "trade_date": "date", "closed_at": "timestamptz",
            "net_pnl": "decimal(38, 12)", "return_rel": "double precision", "outcome": "text",
        },
        order="account_id, trade_date",
    ),
    "agg_trades_daily": Copied(
        {
            "account_id": "text", "strategy": "text", "symbol_id": "text", "trade_date": "date",
            "trades": "bigint", "wins": "bigint", "net_pnl": "decimal(38, 12)",
        },
        order="account_id, trade_date",
    ),
    "rpt_equity_curve": Copied(
        {
            "account_id": "text", "strategy": "text", "day": "date", "equity": "decimal(38, 12)",
            "daily_return": "double precision", "drawdown_abs": "decimal(38, 12)",
        },
        order="account_id, strategy, day",
    ),
}  # fmt: skip
TYPES = {"account": ("String", "text"), "day": ("Date", "date")}

QUESTIONS = {
    "trades": Question(
        "an account's trades of a day",
        "select trade_id, strategy, symbol, side, closed_at, net_pnl from {fct_trades} "
        "where account_id = {account} and trade_date = {day} order by closed_at, trade_id",
        ("account", "day"),
    ),
    "day": Question(
        "its results of a day by strategy",
        "select strategy, sum(trades), sum(wins), sum(net_pnl) from {agg_trades_daily} "
        "where account_id = {account} and trade_date = {day} group by strategy order by strategy",
        ("account", "day"),
    ),
    "curve": Question(
        "its equity curve of 365 days",
        "select day, equity, daily_return, drawdown_abs from {rpt_equity_curve} "
        "where account_id = {account} and strategy = '*' order by day limit 365",
        ("account",),
    ),
    "all": Question(
        "results of all trades by strategy",
        "select strategy, count(*), sum(net_pnl), avg(return_rel), "
        "sum(case when outcome = 'win' then 1 else 0 end) from {fct_trades} "
        "group by strategy order by strategy",
        is_aggregate=True,
    ),
    "months": Question(
        "results of all trades by account and month",
        "select account_id, date_trunc('month', trade_date), count(*), sum(net_pnl) "
        "from {fct_trades} group by 1, 2 order by 1, 2",
        is_aggregate=True,
    ),
}


def export_answers(profiles: str) -> dict[str, Any]:
    export(profiles, TABLES)
    with open_warehouse(profiles) as warehouse:
        return result(0, 0, int(warehouse.scalar("select count() from tradehouse.fct_trades")))


def ask(profiles: str, engine: str, question: str, calls: str) -> dict[str, Any]:
    rng = random.Random(7)
    asked = QUESTIONS[question]
    with open_warehouse(profiles) as warehouse:
        days = warehouse.rows(
            "select account_id, min(trade_date) as low, max(trade_date) as high "
            "from tradehouse.fct_trades group by account_id order by account_id"
        )
    with ENGINES[engine](profiles, asked, TABLES, TYPES) as query:

        def call() -> Callable[[], Sequence[Any]]:
            of = rng.choice(days)
            low, high = (date.fromisoformat(str(of[name])) for name in ("low", "high"))
            day = low + timedelta(days=rng.randint(0, (high - low).days))
            values = {"account": of["account_id"], "day": str(day)}
            return lambda: query([values[name] for name in asked.parameters])

        return timed_calls(call, int(calls))
