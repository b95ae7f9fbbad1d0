"""`tradehouse explain`: a metric, what it is made of, and whether that makes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from python_loaders.errors import ConfigurationError, TradehouseError
from python_loaders.quoting import identifier
from python_loaders.recompute import Day, Inputs, Trade, Value, metrics, recompute
from python_loaders.warehouse import Warehouse

# sums of doubles in another order, and no more
RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-12
WINDOWS = ("30", "90", "365", "all")

Row = dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """A metric of ``rpt_performance`` and the rows behind it.

    Attributes:
        value: as the report says it; None where it is undefined, for `reason`.
        recomputed: the same out of `rows`, in Python.
        inputs: what the formula takes beside the rows.
        rows: the trades or the days, in the order in which they count.
    """

    metric: str
    value: Value
    recomputed: Value
    reason: str
    formula: str
    convention: str
    unit: str
    inputs: Row
    kind: str
    rows: list[Row]

    @property
    def agrees(self) -> bool:
        return _same(self.value, self.recomputed)


class NotReproduced(TradehouseError):
    """The rows behind a metric do not make it: the reports are not of one build, or wrong."""


def explain(
    warehouse: Warehouse, names: Sequence[str], account_id: str, strategy: str, window: str
) -> list[Explanation]:
    """Read metrics and the rows behind them, and recompute them.

    Raises:
        ConfigurationError: no such metric, or no such row of the report.
    """
    for name in names:
        if name not in metrics():
            raise ConfigurationError(
                f"no metric {name}; those of rpt_performance are {', '.join(metrics())}"
            )
    reader = _Reader(warehouse, account_id, strategy, window)
    report, span, catalogue = reader.report(), reader.span(), reader.catalogue()
    trades, days = reader.trades(report), reader.days(report)
    inputs = _inputs(trades, days, span)
    reasons = dict(
        pair.split("=") for pair in str(report["undefined_metrics"]).split(";") if "=" in pair
    )
    explained = []
    for name in names:
        entry = catalogue[name]
        by_trades = entry["source"] == "fct_trades"
        explained.append(
            Explanation(
                metric=name,
                value=report[name],
                recomputed=recompute(name, inputs),
                reason=reasons.get(name, ""),
                formula=entry["formula"],
                convention=entry["convention"],
                unit=entry["unit"],
                inputs={
                    "first_day": report["first_day"],
                    "as_of": report["as_of"],
                    **({"trades": len(trades)} if by_trades else {"n_days": len(days), **span}),
                },
                kind="trades" if by_trades else "days",
                rows=trades if by_trades else days,
            )
        )
    return explained


class _Reader:
    """Queries about one row of the report."""

    def __init__(self, warehouse: Warehouse, account_id: str, strategy: str, window: str) -> None:
        self._warehouse = warehouse
        self._marts = identifier(warehouse.target.schema)
        self._staging = identifier(f"{warehouse.target.schema}_staging")
        self._key = {"account_id": account_id, "strategy": strategy, "window": window}

    def report(self) -> Row:
        rows = self._rows(
            f"select * from {self._marts}.rpt_performance where account_id = {{account_id:String}} "
            'and strategy = {strategy:String} and "window" = {window:String}'
        )
        if not rows:
            raise ConfigurationError(
                "rpt_performance has no row of account {account_id}, strategy {strategy}, "
                'window {window}; see `tradehouse query "select distinct account_id, strategy '
                'from {marts}.rpt_performance"`'.format(**self._key, marts=self._marts)
            )
        return rows[0]

    def catalogue(self) -> dict[str, Row]:
        rows = self._warehouse.rows(f"select * from {self._staging}.metric_catalogue")
        return {row["metric"]: row for row in rows}

    def span(self) -> Row:
        (row,) = self._rows(
            "select periods_per_year, daily_risk_free, daily_acceptable "
            f"from {self._staging}.int_trading__list_windows "
            'where account_id = {account_id:String} and "window" = {window:String}'
        )
        return row

    def trades(self, report: Row) -> list[Row]:
        return self._rows(
            "select trade_id, strategy, symbol, closed_at, net_pnl, fees, funding, notional, "
            f"r_multiple, holding_s, outcome from {self._marts}.fct_trades "
            "where account_id = {account_id:String} "
            "and ({strategy:String} = '*' or strategy = {strategy:String}) "
            "and trade_date between {first_day:Date} and {as_of:Date} "
            "order by closed_at, opened_at, trade_id",
            report,
        )

    def days(self, report: Row) -> list[Row]:
        return self._rows(
            "select day, net_pnl, cash_flow, equity, daily_return "
            f"from {self._marts}.rpt_equity_curve where account_id = {{account_id:String}} "
            "and strategy = {strategy:String} and day between {first_day:Date} and {as_of:Date} "
            "order by day",
            report,
        )

    def _rows(self, sql: str, report: Row | None = None) -> list[Row]:
        span = {name: report[name] for name in ("first_day", "as_of")} if report else {}
        return self._warehouse.rows(sql, **self._key, **span)


def _inputs(trades: list[Row], days: list[Row], span: Row) -> Inputs:
    return Inputs(
        trades=[
            Trade(
                trade_id=row["trade_id"],
                net_pnl=row["net_pnl"],
                fees=row["fees"],
                funding=row["funding"],
                notional=row["notional"],
                r_multiple=row["r_multiple"],
                holding_s=float(row["holding_s"]),
            )
            for row in trades
        ],
        days=[Day(day=row["day"], net_pnl=row["net_pnl"], equity=row["equity"]) for row in days],
        periods_per_year=int(span["periods_per_year"]),
        daily_risk_free=float(span["daily_risk_free"]),
        daily_acceptable=float(span["daily_acceptable"]),
    )


def _same(value: Value, recomputed: Value) -> bool:
    """Counts, money and days exactly, doubles but for the order of their sums."""
    if isinstance(value, float) and isinstance(recomputed, int | float):
        return math.isclose(
            value, recomputed, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE
        )
    return value == recomputed


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return "undefined"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
