"""Synthetic ticks and quotes in Parquet, the same at every run: written once, by DuckDB.

A symbol prints in bursts of one millisecond, its prices rise and fall in tenths, and large
quantities are rare, as at an exchange for coins. Types are those of the contract.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.warehouses import CACHE, Say, write_parquet

SYMBOLS = 10
BURST = 3
# 2024-01-01, UTC
FIRST_MS = 1_704_067_200_000
MINUTE_MS = 60_000

# of the row number i: n-th of its symbol, and the instant in milliseconds; rows of a burst follow
# each other
_BURSTS = """
    select
        i, i // {burst} % {symbols} as number,
        i // ({burst} * {symbols}) * {burst} + i % {burst} + 1 as n,
        {first} + floor((i // {burst} + hash(i // {burst}) % 1000 / 1000) * {step})::bigint as ms
    from range({rows}) as r(i)
"""
# one in each minute of each symbol
_MINUTES = """
    select
        i, i % {symbols} as number, i // {symbols} + 1 as n,
        {first} + (i // {symbols} * {step})::bigint + (hash(i) % 1000)::bigint as ms
    from range({rows}) as r(i)
"""
_NAMED = """
    'S' || number as symbol, 'spot' as market, 'bench' as venue,
    make_timestamptz(ms * 1000) as ts, n::ubigint as seq
"""
_PRICE = "20000 + round(500 * sin(n / 300000.0 + number), 1) + hash(i) % 16 / 10"
_SIZE = "round(exp(hash(i + {salt}) % 1000 / 100.0)) / 1000"
_TICK = f"""
    {_NAMED}, (1000000000 + n)::varchar as trade_ref, ({_PRICE})::decimal(38, 12) as price,
    ({_SIZE.format(salt=1)})::decimal(38, 12) as quantity,
    case when hash(i // {BURST}) % 2 = 0 then 'buy' else 'sell' end as aggressor
"""
_QUOTE = f"""
    {_NAMED}, ({_PRICE})::decimal(38, 12) as bid_price,
    ({_SIZE.format(salt=1)})::decimal(38, 12) as bid_size,
    ({_PRICE} + 0.1 + hash(i + 3) % 4 / 10)::decimal(38, 12) as ask_price,
    ({_SIZE.format(salt=2)})::decimal(38, 12) as ask_size
"""


def ticks(rows: int, days: int, say: Say) -> Path:
    """So many ticks, evenly over the days."""
    return _write(f"ticks-{rows}-in-{days}-days", _BURSTS, _TICK, rows, _step(rows, days), say)


def quotes(rows: int, days: int, say: Say) -> Path:
    """So many quotes, evenly over the days."""
    return _write(f"quotes-{rows}-in-{days}-days", _BURSTS, _QUOTE, rows, _step(rows, days), say)


def minutes(rows: int, say: Say) -> Path:
    """Ticks of which each is the only one of its symbol and minute."""
    return _write(f"minutes-{rows}", _MINUTES, _TICK, rows, MINUTE_MS, say)


def after_minutes(rows: int, minutes: int, say: Say) -> Path:
    """Ticks of the day that follows ``minutes`` rows of the above."""
    days = minutes // SYMBOLS // 1440 + 1
    first = FIRST_MS + days * 1440 * MINUTE_MS
    step = 1440 * MINUTE_MS * SYMBOLS / rows
    return _write(f"after-{minutes}-minutes-{rows}", _MINUTES, _TICK, rows, step, say, first)


def _step(rows: int, days: int) -> float:
    return days * 1440 * MINUTE_MS * BURST / rows


def _write(
    name: str, place: str, fields: str, rows: int, step: float, say: Say, first: int = FIRST_MS
) -> Path:
    path = CACHE / f"{name}.parquet"
    if not path.exists():
        say(f"writing {path.name}")
    placed = place.format(rows=rows, symbols=SYMBOLS, burst=BURST, step=step, first=first)
    return write_parquet(path, f"select {fields} from ({placed}) order by i", ", compression zstd")
