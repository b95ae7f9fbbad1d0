"""The jobs of ``benchmarks.market``, each in a process of its own; see ``benchmarks.jobs``.

``bytes_on_disk TABLE``: those of the rows of a raw table, merged.
``read STATEMENT``: the rows of a statement of ``STATEMENTS``, all columns, into nothing.
``export_candles``: ``bare_candles``, what rpt_candles_1m says sorted by symbol and time, in the
warehouse and as Parquet for the peers.
``ask_candles ENGINE CALLS``: a thousand candles of a symbol so many times, symbol and time at
random; the median as seconds, and the 95th percentile. ENGINE is ``ours``, ``bare``, ``duckdb`` or
``postgres``.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.calls import open_warehouse, timed_calls
from benchmarks.engines import ENGINES, Copied, Question, export
from benchmarks.measure import result

CANDLES = 1_000
TABLES = {
    "bare_candles": Copied(
        {
            "symbol_id": "text", "opened_at": "timestamptz", "open": "decimal(38, 12)",
            "high": "decimal(38, 12)", "low": "decimal(38, 12)", "close": "decimal(38, 12)",
            "volume": "decimal(38, 12)", "quote_volume": "decimal(38, 12)", "trade_count": "bigint",
        },
        order="symbol_id, opened_at",
    )
}  # fmt: skip
_COLUMNS = ", ".join(list(TABLES["bare_candles"].columns)[1:])
_BARE = Question(
    f"{CANDLES:,} candles of a symbol",
    f"select {_COLUMNS} from {{bare_candles}} where symbol_id = {{symbol}} "
    "and opened_at >= {low} and opened_at < {high} order by opened_at",
    ("symbol", "low", "high"),
)
_FRESH = replace(
    _BARE,
    ours=f"select {_COLUMNS} from tradehouse.candles(symbol = {{symbol}}, interval = '1m', "
    "from = {low}, to = {high}) order by opened_at",
)
_INSTANT = ("DateTime64(6, 'UTC')", "timestamptz")
_TYPES = {"symbol": ("String", "text"), "low": _INSTANT, "high": _INSTANT}

_TICKS = "tradehouse_raw.ticks"
# what a reader writes who has nothing but the table
_GROUPED = f"""
    select
        market, symbol, venue, toStartOfMinute(ts) as opened_at,
        argMin(price, (ts, seq)) as open, max(price) as high, min(price) as low,
        argMax(price, (ts, seq)) as close, sum(quantity) as volume,
        sumIf(quantity, aggressor = 'buy') as buy_volume,
        sumIf(quantity, aggressor = 'sell') as sell_volume,
        sum(toDecimal256(price, 12) * quantity) as quote_volume, count() as trade_count,
        min(seq) as first_seq, max(seq) as last_seq, min(ts) as first_at, max(ts) as last_at
    from {_TICKS} group by market, symbol, venue, opened_at
"""
_JOINED = f"""
    select t.*, q.bid_price, q.ask_price, q.ts as quoted_at
    from {_TICKS} as t asof left join tradehouse.fct_quotes as q
        on t.market = q.market and t.symbol = q.symbol and t.venue = q.venue and t.ts >= q.ts
"""
STATEMENTS = {
    "grouped": _GROUPED,
    "joined": _JOINED,
    "fct_tick_quotes": "select * from tradehouse.fct_tick_quotes",
}
# models whose own statement is read, as the last full build ran it
_MODELS = ("agg_candles_1m",)


def bytes_on_disk(profiles: str, table: str) -> dict[str, Any]:
    with open_warehouse(profiles) as warehouse:
        warehouse.command(f"optimize table {warehouse.name(table)} final")
        rows, size = warehouse.client.query(
            "select sum(rows), sum(bytes_on_disk) from system.parts "
            "where active and database = {d:String} and table = {t:String}",
            parameters={"d": warehouse.database, "t": table},
        ).result_rows[0]
    return {**result(0, 0, int(rows)), "bytes_on_disk": int(size)}


def read(profiles: str, statement: str) -> dict[str, Any]:
    sql = _compiled(profiles, statement) if statement in _MODELS else STATEMENTS[statement]
    with open_warehouse(profiles) as warehouse:
        warehouse.command(
            "create or replace table tradehouse.bench_sink engine = Null empty as " + sql
        )
        before, started = os.times(), time.monotonic()
        warehouse.command(f"insert into tradehouse.bench_sink {sql}")
        seconds, after = time.monotonic() - started, os.times()
        warehouse.command("drop table tradehouse.bench_sink")
    cpu_seconds = after.user + after.system - before.user - before.system
    return result(seconds, cpu_seconds, 0)


def _compiled(profiles: str, model: str) -> str:
    (path,) = Path(profiles, "target", "compiled").rglob(f"{model}.sql")
    return path.read_text(encoding="utf-8")


def export_candles(profiles: str) -> dict[str, Any]:
    with open_warehouse(profiles) as warehouse:
        warehouse.command(
            "create table tradehouse.bare_candles engine = MergeTree order by "
            f"(symbol_id, opened_at) as select symbol_id, {_COLUMNS} from tradehouse.rpt_candles_1m"
        )
        warehouse.command("optimize table tradehouse.bare_candles final")
        rows = int(warehouse.scalar("select count() from tradehouse.bare_candles"))
    export(profiles, TABLES)
    return result(0, 0, rows)


def ask_candles(profiles: str, engine: str, calls: str) -> dict[str, Any]:
    rng = random.Random(7)
    with open_warehouse(profiles) as warehouse:
        symbols = [
            (row["symbol_id"], row["low"], int(row["n"]))
            for row in warehouse.rows(
                "select symbol_id, min(opened_at) as low, count() as n "
                "from tradehouse.bare_candles group by symbol_id order by symbol_id"
            )
        ]
    asked, name = (_BARE, "ours") if engine == "bare" else (_FRESH, engine)
    with ENGINES[name](profiles, asked, TABLES, _TYPES) as query:

        def call() -> Callable[[], Sequence[Any]]:
            symbol, low, count = rng.choice(symbols)
            start = low + timedelta(minutes=rng.randint(0, count - CANDLES))
            end = start + timedelta(minutes=CANDLES)
            values = [symbol, _text(start), _text(end)]
            return lambda: _all(query(values))

        return timed_calls(call, int(calls))


def _all(rows: Sequence[Any]) -> Sequence[Any]:
    if len(rows) != CANDLES:
        raise SystemExit(f"{len(rows)} candles, not {CANDLES}")
    return rows


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
