"""The same tables on both engines, compared cell by cell."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import psycopg

from python_loaders.warehouse import Warehouse

# every core mart, and the reports that build on PostgreSQL beside them
CORE = (
    "dim_account",
    "dim_strategy",
    "dim_symbol",
    "dim_venue",
    "dim_day",
    "dim_day_zone",
    "fct_trades",
    "fct_price_snapshots",
    "agg_trades_daily",
    "agg_trades_by_hour",
    "agg_trades_by_weekday",
    "agg_trades_by_month",
    "agg_trade_activity_monthly",
    "agg_prices_hourly",
    "rpt_equity_curve",
    "rpt_drawdowns",
    "rpt_performance",
    "rpt_metric_reconciliation",
    "rpt_monthly_returns",
    "rpt_strategy_performance",
    "rpt_streaks",
)
# A sum of ratios is as exact as a double, though its container is a decimal.
RATIOS = ("Float64", "Decimal(76, 18)")
RELATIVE, ABSOLUTE = 1e-9, 1e-12
SHOWN = 5


@dataclass(frozen=True)
class Compared:
    """How much of a table was compared."""

    table: str
    rows: int
    cells: int


def compare(
    warehouse: Warehouse,
    postgres: psycopg.Connection[Any],
    schemas: tuple[str, str],
    tables: Mapping[str, str],
) -> list[Compared]:
    """Raises AssertionError with the first cells that differ, of every table that does.

    Args:
        schemas: of the marts in the warehouse, and in PostgreSQL.
        tables: a condition of the rows to compare, by table.
    """
    compared, differences = [], []
    for table, condition in tables.items():
        columns = warehouse.rows(
            "select name, type from system.columns where database = {d:String} "
            "and table = {t:String} order by position",
            d=schemas[0],
            t=table,
        )
        names = [column["name"] for column in columns]
        listed = ", ".join(f'"{name}"' for name in names)
        selects = [
            f'select {listed} from "{schema}"."{table}" where {condition}' for schema in schemas
        ]
        ours = _rows(row.values() for row in warehouse.rows(selects[0]))
        theirs = _rows(postgres.execute(selects[1].encode()).fetchall())
        assert ours, f"{table} has no rows to compare"
        is_ratio = [any(type_ in column["type"] for type_ in RATIOS) for column in columns]
        differences += [f"{table}: {text}" for text in _differences(names, is_ratio, ours, theirs)]
        compared.append(Compared(table, len(ours), len(ours) * len(names)))
    assert not differences, "\n".join(differences)
    return compared


Cells = tuple[Any, ...]


def _rows(rows: Iterable[Iterable[Any]]) -> list[Cells]:
    return [tuple(_cell(value) for value in row) for row in rows]


def _cell(value: Any) -> Any:
    """A value that is equal to that of the other engine, and that has one text."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return Decimal(value).normalize()
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    return value


def _differences(
    names: Sequence[str], is_ratio: Sequence[bool], ours: list[Cells], theirs: list[Cells]
) -> list[str]:
    """By the exact columns first; rows that agree in those are then held against each other."""

    def exact(row: Cells) -> str:
        return repr([value for value, ratio in zip(row, is_ratio, strict=True) if not ratio])

    def key(row: Cells) -> tuple[str, str]:
        return exact(row), repr(row)

    found, expected = Counter(map(exact, theirs)), Counter(map(exact, ours))
    if found != expected:
        extra, missing = found - expected, expected - found
        return [
            f"{len(list(missing.elements()))} rows of {len(ours)} differ",
            *(f"  PostgreSQL {row}" for row in sorted(extra)[:SHOWN]),
            *(f"  ClickHouse {row}" for row in sorted(missing)[:SHOWN]),
        ]
    texts = []
    for left, right in zip(sorted(ours, key=key), sorted(theirs, key=key), strict=True):
        for name, ratio, one, other in zip(names, is_ratio, left, right, strict=True):
            if ratio and not _close(one, other):
                texts.append(f"{name} is {other}, on ClickHouse {one}, in {exact(left)[:200]}")
    return texts[:SHOWN]


def _close(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(float(one), float(other), rel_tol=RELATIVE, abs_tol=ABSOLUTE)
