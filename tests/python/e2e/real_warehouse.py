"""A warehouse of the real exports, and the figures that their tools wrote beside them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.python.e2e.conftest import Installation

FREQTRADE = {
    "ichiV1": "ft-jaketongko/bt-2024-05-06_09-26-07.json",
    "TheForce": "ft-jaketongko/bt-2024-05-06_09-26-24.json.gz",
    "ExampleLSTMStrategy": "ft-heqing/bt-2025-11-21_10-12-05.json.gz",
    "StrategyTestV3": "ft-fixture/backtest-result.json",
}
# the export whose profit_abs, and so every sum of the peer, is before fees
GROSS = "StrategyTestV3"
GOOG = "bt-goog/goog-smacross.trades.csv"
GOOG_ACCOUNT = {
    "account_id": "goog",
    "kind": "backtest",
    "base_currency": "USD",
    "starting_equity": "10000",
    "started_at": "2004-08-19T00:00:00-04:00",
    "ended_at": "2013-03-02T00:00:00-05:00",
    "trading_zone": "America/New_York",
    "periods_per_year": "252",
}
INDICATORS = {
    # the first row is how that store writes "not known yet"
    "rsi_14.csv": "timestamp,value,confidence\n1767225600,,\n1767229200,51.5,1\n1767232800,52.25,",
    "rsi_140.csv": "timestamp,value\n1767225600.5,49\n",
}


@dataclass(frozen=True)
class Real:
    """The warehouse of all real files; what the reports said before goog's account was known."""

    data: Path
    installation: Installation
    loaded: dict[str, list[dict[str, Any]]]
    unknown_account: dict[str, Any]
    unknown_curve: list[dict[str, Any]]
    unknown_trades: dict[str, Any]
    unknown_performance: list[dict[str, Any]]

    def one(self, sql: str) -> dict[str, Any]:
        (row,) = self.installation.query(sql)
        return row

    def by_account(self, sql: str) -> dict[str, dict[str, Any]]:
        return {row["account_id"]: row for row in self.installation.query(sql)}


# our column, by the name of the peer's figure
FREQTRADE_FIGURES = {
    "profit_total_abs": "freqtrade_profit_total_abs",
    "profit_total": "freqtrade_profit_total",
    "winrate": "freqtrade_winrate",
    "sharpe": "freqtrade_sharpe",
    "sortino": "freqtrade_sortino",
    "calmar": "freqtrade_calmar",
    "sqn": "freqtrade_sqn",
    "profit_factor": "freqtrade_profit_factor",
    "expectancy": "freqtrade_expectancy",
    "expectancy_ratio": "freqtrade_expectancy_ratio",
    "max_drawdown_abs": "freqtrade_max_drawdown_abs",
    "max_drawdown_account": "freqtrade_max_drawdown_account",
    "cagr": "freqtrade_cagr",
}
# They rest on the order of trades that closed together. This file is not in the order of closing,
# and the peer's sort does not keep an order: the report says so beside the figures.
UNORDERED = {GROSS: {"max_drawdown_abs", "max_drawdown_account", "calmar"}}


def build(data: Path, folder: Path) -> Real:
    """Load and build all files; then goog's account, and what rests on it once more."""
    installation = Installation.create(folder)
    indicators = folder / "tree" / "session-1" / "BTCUSDT" / "indicators"
    indicators.mkdir(parents=True)
    for name, text in INDICATORS.items():
        (indicators / name).write_text(text, encoding="utf-8")
    accounts = folder / "accounts.csv"
    with accounts.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(GOOG_ACCOUNT))
        writer.writeheader()
        writer.writerow(GOOG_ACCOUNT)

    exports = [data / path for path in FREQTRADE.values()]
    loaded = {
        "freqtrade": installation.load("trades", *exports, "--format", "freqtrade_backtest"),
        "goog": installation.load(
            "trades", data / GOOG, "--format", "backtesting_py", "--set", "account_id=goog",
            "--set", "symbol=GOOG", "--timezone", "America/New_York",
        ),
        "steam": installation.load(
            "price_snapshots", *sorted((data / "skins-steam").glob("*.json.gz")),
            "--format", "steam_prices",
        ),
        "dmarket": installation.load(
            "price_snapshots", *sorted((data / "skins-dmarket").glob("*.json")),
            "--format", "dmarket_offers",
        ),
        "indicators": installation.load(
            "indicator_values", folder / "tree", "--format", "indicator_tree"
        ),
    }  # fmt: skip
    # the unit tests read no data, and pass in the demo
    installation.check("dbt", "build", "--quiet", "--exclude-resource-type", "unit_test")
    goog = "from tradehouse.{} where account_id = 'goog'"
    (unknown_account,) = installation.query(f"select * {goog.format('dim_account')}")
    unknown_curve = installation.query(f"select * {goog.format('rpt_equity_curve')} order by day")
    (unknown_trades,) = installation.query(
        f"select count() as trades, toString(sum(net_pnl)) as net_pnl {goog.format('fct_trades')}"
    )
    unknown_performance = installation.query(
        f"select * {goog.format('rpt_performance')} order by window"
    )
    loaded["accounts"] = installation.load("accounts", accounts)
    installation.check("dbt", "run", "--quiet", "--select", "stg_accounts+")
    return Real(
        data, installation, loaded,
        unknown_account, unknown_curve, unknown_trades, unknown_performance,
    )  # fmt: skip


def peer(data: Path, account: str) -> dict[str, Any]:
    path = data / FREQTRADE[account]
    stem = path.name.removesuffix(".gz").removesuffix(".json")
    return dict(json.loads((path.parent / f"{stem}.{account}.peer_stats.json").read_text()))


def goog_stats(data: Path) -> dict[str, Any]:
    return dict(json.loads((data / "bt-goog" / "goog-smacross.peer_stats.json").read_text()))


def same(value: Any) -> Any:
    """What equals a peer's figure: to 1e-6 of it."""
    return pytest.approx(float(value), rel=1e-6, abs=1e-12)
