"""Ticks, quotes and candles: loading, batch, point queries and joins, beside bare statements."""

from __future__ import annotations

from benchmarks import market_files
from benchmarks.market_jobs import CANDLES
from benchmarks.measure import (
    Line,
    Run,
    Runs,
    compare_milliseconds,
    compare_seconds,
    interleaved,
    late,
    markdown,
)
from benchmarks.warehouses import Say, fresh_warehouse

ROUNDS = 3
CALLS = 100
LOAD_LIMIT = 2.0
BYTES_LIMIT = 1.0
BATCH_LIMIT = 1.15
POINT_LIMIT = 1.5
TAIL_LIMIT = 2 * POINT_LIMIT
PEER_LIMIT = 1.0
JOIN_LIMIT = 1.2
PEERS = {"duckdb": "DuckDB, sorted", "postgres": "PostgreSQL, clustered and indexed"}
# the views and tables under candles()
CANDLE_MODELS = "+candles"


def market_table(quick: bool, say: Say) -> str:
    """Measure, and the Markdown table of it."""
    rows = 1_000_000 if quick else 10_000_000
    tail = rows // 100
    days = rows // 1_000_000
    lines = [
        *_loading(rows, days, say),
        *_batches(rows, days, rows // 10, say),
        *_points(rows, tail, say),
    ]
    notes = [
        f"{market_files.SYMBOLS} symbols, a million ticks or quotes a day; of the candles each has "
        "one tick, so that as many ticks give as many of them",
        "insert: the engine's own `insert into ... select ... from file(...)`, the statement alone",
        "batch and join: all columns of the statement, into a table of the engine Null; `bare` is "
        "written over raw.ticks with argMin and argMax by (ts, seq)",
        f"candles: {CALLS} calls in a process, symbols and times at random, the rows fetched; p50 "
        "and p95 of a process, medians over the rounds; the bare query reads a table of the same "
        "candles sorted by symbol and time; with the tail, the two are measured anew together",
    ]
    title = "Market data" + (" (quick)" if quick else "")
    return markdown(title, ROUNDS, lines, notes)


def _loading(rows: int, days: int, say: Say) -> list[Line]:
    file = market_files.ticks(rows, days, say)

    def one_round() -> dict[str, Run]:
        with fresh_warehouse() as house:
            runs = {"load": house("land", file, rows, words=["ticks"])}
            runs["bytes"] = house("bytes_on_disk", rows=rows, words=["ticks"])
        with fresh_warehouse() as house:
            runs["insert"] = house("insert", file, rows, words=["ticks"])
        return runs

    runs = interleaved(ROUNDS, one_round, say)
    ours = runs["bytes"][-1].bytes_on_disk / rows
    theirs = file.stat().st_size / rows
    return [
        compare_seconds(
            f"load {rows:,} ticks of Parquet",
            runs["load"], "the engine's own insert", runs["insert"], LOAD_LIMIT,
        ),
        Line(
            "a tick in raw.ticks, merged", f"{ours:.2f} bytes",
            "in Parquet with zstd", f"{theirs:.2f} bytes", ours / theirs, BYTES_LIMIT,
        ),
    ]  # fmt: skip


def _batches(rows: int, days: int, trades: int, say: Say) -> list[Line]:
    with fresh_warehouse() as house:
        house("land", market_files.ticks(rows, days, say), rows, words=["ticks"])
        house("build", words=["--select", "stg_ticks", "agg_candles_1m"])
        runs = interleaved(
            ROUNDS,
            lambda: {name: house("read", words=[name]) for name in ("agg_candles_1m", "grouped")},
            say,
        )
    with fresh_warehouse() as house:
        house("land", market_files.ticks(trades, days, say), trades, words=["ticks"])
        house("land", market_files.quotes(rows, days, say), rows, words=["quotes"])
        house("build", words=["--select", "+fct_tick_quotes"])
        runs |= interleaved(
            ROUNDS,
            lambda: {name: house("read", words=[name]) for name in ("fct_tick_quotes", "joined")},
            say,
        )
    return [
        compare_seconds(
            f"candles of a minute of {rows:,} ticks",
            runs["agg_candles_1m"], "bare select", runs["grouped"], BATCH_LIMIT,
        ),
        compare_seconds(
            f"{trades:,} ticks with the last of {rows:,} quotes",
            runs["fct_tick_quotes"], "bare asof join", runs["joined"], JOIN_LIMIT,
        ),
    ]  # fmt: skip


def _points(rows: int, tail: int, say: Say) -> list[Line]:
    with fresh_warehouse() as house:
        house("land", market_files.minutes(rows, say), rows, words=["ticks"])
        house("build", words=["--select", CANDLE_MODELS, "rpt_candles_1m"])
        house("export_candles", rows=rows)

        def ask(engines: list[str]) -> Runs:
            return interleaved(
                ROUNDS,
                lambda: {
                    engine: house("ask_candles", words=[engine, str(CALLS)]) for engine in engines
                },
                say,
            )

        built = ask(["ours", "bare", *PEERS])
        landed = market_files.after_minutes(tail, rows, say)
        house("land", landed, tail, words=["ticks"])
        unbuilt = ask(["ours", "bare"])
    what = f"{CANDLES:,} candles of a symbol out of {rows:,}"
    bare = "bare, sorted table"
    lines = [
        *_compared(what, built["ours"], bare, built["bare"], POINT_LIMIT),
        *_compared(
            f"{what}, {tail:,} ticks unbuilt", unbuilt["ours"], bare, unbuilt["bare"], TAIL_LIMIT
        ),
    ]
    for peer, title in PEERS.items():
        lines += _compared(what, built["ours"], title, built[peer], PEER_LIMIT)
    return lines


def _compared(
    what: str, runs: list[Run], against: str, base: list[Run], limit: float
) -> list[Line]:
    return [
        compare_milliseconds(f"{what}, p50", runs, against, base, limit),
        compare_milliseconds(f"{what}, p95", late(runs), against, late(base), limit),
    ]
