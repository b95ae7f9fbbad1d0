"""The metrics of daily returns against QuantStats, empyrical, ffn and R, on the same returns.

All series are accounts of one warehouse, built once: their trades make the returns, and what the
libraries get is what `rpt_equity_curve` says.
"""

from __future__ import annotations

import csv
import json
import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from python_loaders.cli import main
from python_loaders.explain import explain
from python_loaders.recompute import metrics
from tests.python.libraries import Oracles, differences, empyrical, quantstats
from tests.python.marts import Marts, Row, account, fresh_marts, traded

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    # one build for the module; its tests read it
    pytest.mark.usefixtures("measured"),
]

START = date(2020, 1, 1)
SERIES = 200
MANAGERS = ("HAM1", "HAM2", "HAM3", "HAM4", "HAM5", "HAM6")
SPECIAL: dict[str, list[float]] = {
    "all positive": [0.01, 0.003, 0.02, 0.0007, 0.013, 0.004],
    "all negative": [-0.01, -0.003, -0.02, -0.0007, -0.013, -0.004],
    "constant": [0.5] * 8,
    "constant loss": [-0.5] * 8,
    "one day": [0.02],
    "one losing day": [-0.02],
    "two days": [0.02, -0.01],
    "three days": [0.02, -0.01, 0.005],
    "no trades": [0.0],
    "idle": [0.0] * 9,
    "single losing trade": [0.0] * 6 + [-0.04],
    "everything lost": [0.1, -1.0],
    "like prices": [0.5, 1.25, 0.75],
}


@dataclass(frozen=True)
class Measured:
    """What the warehouse says of every series."""

    returns: dict[str, pd.Series]
    performance: dict[str, dict[str, Any]]
    reconciliation: dict[str, dict[str, Any]]
    marts: Marts | None = None


def random_returns(rng: random.Random) -> list[float]:
    """Days of another length, size and drift each time; some of them without a trade."""
    days, size = rng.randint(2, 90), 10 ** rng.uniform(-4, -1)
    drift, idle = size * rng.uniform(-0.5, 0.5), rng.choice([0.0, 0.0, 0.4])
    return [
        0.0 if rng.random() < idle else max(drift + size * rng.gauss(0, 1), -0.9)
        for _ in range(days)
    ]


def manager_returns(path: Path) -> dict[str, list[float]]:
    """The returns of R's managers from their first month on."""
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [float(row[name]) for row in rows if row[name]] for name in MANAGERS}


def history(name: str, returns: list[float]) -> tuple[Row, list[Row]]:
    """An account whose daily returns are these, to what twelve decimals of money can say."""
    capital = Decimal(1024)
    owner = account(account_id=name, starting_equity=str(capital), started_at=f"{START}T00:00:00Z")
    trades = []
    for number, value in enumerate(returns):
        profit = round(capital * Decimal(repr(value)), 12)
        capital += profit
        # the last day needs a trade, or the curve would end before it
        if profit or number == len(returns) - 1 > 0:
            at = f"{START + timedelta(days=number)}T12:00:00Z"
            exit_price = f"{1_000_000 + profit:f}"
            trades.append(
                traded(name, f"t{number:04}", at, entry_price="1000000", exit_price=exit_price,
                       quantity="1")
            )  # fmt: skip
    return owner, trades


@pytest.fixture(scope="module")
def measured(
    warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory, managers: dict[str, list[float]]
) -> Iterator[Measured]:
    rng = random.Random(4)
    wanted = {**SPECIAL, **managers}
    wanted.update({f"random {number:03}": random_returns(rng) for number in range(SERIES)})
    accounts, trades = [], []
    for name, returns in wanted.items():
        owner, own = history(name, returns)
        accounts.append(owner)
        trades += own
    with fresh_marts(warehouse_path, tmp_path_factory) as marts:
        marts.load("accounts", accounts)
        marts.load("trades", trades)
        marts.dbt("seed")
        marts.dbt("snapshot")
        marts.dbt("run", "--select", "+rpt_metric_reconciliation")
        yield Measured(
            curves(marts),
            by_account(marts, "rpt_performance", "window = 'all' and strategy = '*'"),
            by_account(marts, "rpt_metric_reconciliation", "strategy = '*'"),
            marts,
        )


@pytest.fixture(scope="module")
def managers() -> dict[str, list[float]]:
    from tests.python.conftest import REAL_DATA

    path = REAL_DATA / "perf-managers" / "managers_from_rda.csv"
    return manager_returns(path) if path.is_file() else {}


def curves(marts: Marts) -> dict[str, pd.Series]:
    rows = marts.warehouse.client.query_df(
        "select account_id, day, daily_return from "
        f"{marts.schema}.rpt_equity_curve where strategy = '*' order by account_id, day"
    )
    rows["day"] = pd.to_datetime(rows["day"])
    return {
        str(name): own.set_index("day")["daily_return"] for name, own in rows.groupby("account_id")
    }


def by_account(marts: Marts, table: str, where: str) -> dict[str, dict[str, Any]]:
    result = marts.warehouse.client.query(f"select * from {marts.schema}.{table} where {where}")
    rows = [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]
    return {row["account_id"]: row for row in rows}


def check(measured: Measured, rows: dict[str, dict[str, Any]], oracles: Oracles) -> None:
    """Every column of every row against a function of the returns; a division by zero is NaN."""
    wrong = [
        f"{name}: {difference}"
        for name, returns in measured.returns.items()
        for difference in differences(returns, rows[name], oracles)
    ]
    assert not wrong, "\n".join(wrong[:40])


def test_the_series_are_what_they_should_be(measured: Measured) -> None:
    assert len(measured.returns) >= SERIES + len(SPECIAL)
    for name, returns in SPECIAL.items():
        assert measured.returns[name].tolist() == pytest.approx(returns, abs=1e-12)


def test_quantstats(measured: Measured) -> None:
    taken_for_prices = {"like prices"}
    kept = {n: r for n, r in measured.returns.items() if n not in taken_for_prices}
    check(Measured(kept, {}, {}), measured.reconciliation, quantstats())
    row = measured.reconciliation["like prices"]
    assert all(row[column] is None for column in quantstats())
    assert "quantstats: takes such returns for prices" in row["explanation"]


def test_empyrical(measured: Measured) -> None:
    check(measured, measured.reconciliation, empyrical())


def test_our_own_by_the_libraries(measured: Measured) -> None:
    """With their conventions set to ours, the libraries give our metrics; undefined is NULL."""
    downside_risk = pytest.importorskip("empyrical").downside_risk
    ffn = pytest.importorskip("ffn")

    def defined(oracle: Callable[..., float]) -> Callable[[pd.Series], float]:
        def finite(returns: pd.Series) -> float:
            value = float(oracle(returns))
            return value if math.isfinite(value) else math.nan

        return finite

    def prices(returns: pd.Series) -> pd.Series:
        start = returns.index[0] - pd.Timedelta(days=1)
        return pd.concat([pd.Series([1.0], index=[start]), (1 + returns).cumprod()])

    def ulcer(returns: pd.Series) -> float:
        # theirs is in percent, and counts the day before
        squares = (ffn.to_ulcer_index(prices(returns)) / 100) ** 2 * (len(returns) + 1)
        return math.sqrt(squares / len(returns))

    check(
        measured,
        measured.performance,
        {
            "total_return": lambda r: (1 + r).prod() - 1,
            "cagr": lambda r: (1 + r).prod() ** (365 / len(r)) - 1,
            "volatility": lambda r: r.std() * math.sqrt(365),
            "sharpe_daily": defined(lambda r: ffn.calc_sharpe(r, nperiods=365)),
            "sortino_daily": defined(
                lambda r: r.mean() / downside_risk(r, annualization=365) * 365
            ),
            "max_drawdown_rel": lambda r: -ffn.calc_max_drawdown(prices(r)),
            "ulcer_index": ulcer,
            "var_95": lambda r: r.quantile(0.05),
            "cvar_95": lambda r: r[r <= r.quantile(0.05)].mean(),
            "tail_ratio": lambda r: (
                abs(r.quantile(0.95) / r.quantile(0.05)) if r.quantile(0.05) else math.nan
            ),
            "skew": lambda r: r.skew(),
            "kurtosis": lambda r: r.kurt(),
        },
    )


def test_undefined_metrics_of_special_series(measured: Measured) -> None:
    reasons = {name: row["undefined_metrics"] for name, row in measured.performance.items()}
    assert "sharpe_daily=zero_variance;" in reasons["constant"]
    assert measured.reconciliation["constant"]["quantstats_sharpe"] == math.inf
    assert measured.reconciliation["constant"]["quantstats_skew"] is None
    assert "sortino_daily=no_losses;" in reasons["all positive"]
    assert "calmar=no_drawdown;" in reasons["all positive"]
    assert "volatility=n_lt_2;" in reasons["one day"]
    assert "win_rate_all=no_trades;" in reasons["no trades"]
    assert measured.performance["single losing trade"]["profit_factor"] == 0
    assert "payoff_ratio=no_wins;" in reasons["single losing trade"]
    single = measured.reconciliation["single losing trade"]
    assert (single["freqtrade_sharpe"], single["freqtrade_sortino"]) == (-100, -100)
    assert single["freqtrade_expectancy_ratio"] == -1
    assert measured.performance["everything lost"]["total_return"] == -1
    assert measured.performance["everything lost"]["cagr"] == -1


def test_explain_recomputes_every_metric(measured: Measured) -> None:
    assert measured.marts is not None
    for name in [*SPECIAL, *(f"random {number:03}" for number in range(10))]:
        for window in ("30", "all"):
            explained = explain(measured.marts.warehouse, metrics(), name, "*", window)
            assert [one.metric for one in explained if not one.agrees] == [], (name, window)


def test_explain_ends_with_1_where_the_rows_do_not_make_the_metric(
    measured: Measured, capsys: pytest.CaptureFixture[str]
) -> None:
    marts = measured.marts
    assert marts is not None
    words = [
        "explain", "win_rate_all", "--account", "two days", "--limit", "1",
        "--project-dir", str(marts.project), "--profiles-dir", str(marts.profiles),
    ]  # fmt: skip
    assert main(words) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1) for line in shown[:3]] == [
        ["metric", "win_rate_all"],
        ["value", "0.5, ratio"],
        ["formula", "wins / trades"],
    ]
    assert "recomputed       0.5 from 2 trades" in shown
    assert shown[-1] == "... and 1 more; --limit or --json shows them"
    update = "alter table {{marts}}.rpt_performance update win_rate_all = {} where account_id = "
    update += "'two days' settings mutations_sync = 1"
    marts.command(update.format("0.25"))
    try:
        assert main(words) == 1
        out, error = capsys.readouterr()
        assert "recomputed       0.5 from 2 trades: this differs" in out
        assert "win_rate_all is 0.25, but its trades make 0.5" in error
    finally:
        marts.command(update.format("0.5"))


def test_explain_says_what_it_cannot_explain(
    measured: Measured, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measured.marts is not None
    options = ["--project-dir", str(measured.marts.project)]
    options += ["--profiles-dir", str(measured.marts.profiles)]
    assert main(["explain", "sharpe", "--account", "two days", *options]) == 2
    assert "no metric sharpe; those of rpt_performance are" in capsys.readouterr().err
    assert main(["explain", "sqn", "--account", "nobody", *options]) == 2
    assert "no row of account nobody, strategy *, window all" in capsys.readouterr().err
    assert main(["explain", "all", "--account", "two days", "--json", *options]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["metric"] for row in rows} == set(metrics())
    assert {row["agrees"] for row in rows} == {True}


@pytest.mark.real_data
def test_r_on_its_managers(measured: Measured, real_data: Path) -> None:
    """PerformanceAnalytics, to the four digits that its output shows; its periods are months."""
    text = (real_data / "perf-managers" / "snapshots_managers_only.md").read_text(encoding="utf-8")

    def row_of(label: str) -> list[float]:
        for line in text.splitlines():
            numbers = re.findall(r"-?\d+\.\d+", line.partition(label)[2])
            if line.strip().startswith(label) and len(numbers) >= len(MANAGERS):
                return [float(number) for number in numbers[: len(MANAGERS)]]
        raise AssertionError(f"no row {label}")

    def yearly(row: dict[str, Any]) -> float:
        return float((1 + row["total_return"]) ** (12 / row["n_days"]) - 1)

    # its "sample" forms divide by the deviation of the population; the plain moments are comparable
    def uncorrected(n: int) -> float:
        return (n - 2) / math.sqrt(n * (n - 1))

    def excess(row: dict[str, Any]) -> float:
        n = row["n_days"]
        return float((row["kurtosis"] * (n - 2) * (n - 3) / (n - 1) - 6) / (n + 1))

    expected: dict[str, Callable[[dict[str, Any]], float]] = {
        "Cumulative Return": lambda row: row["total_return"],
        "Annualized Return": yearly,
        "Annualized Std Dev": lambda row: row["volatility"] / math.sqrt(365) * math.sqrt(12),
        "Sortino Ratio (MAR = 0%)": lambda row: row["sortino_daily"] / math.sqrt(365),
        "Skewness": lambda row: row["skew"] * uncorrected(row["n_days"]),
        "Excess kurtosis": excess,
        "Ulcer index": lambda row: row["ulcer_index"],
        "Calmar ratio": lambda row: yearly(row) / row["max_drawdown_rel"],
    }
    for label, ours in expected.items():
        found = [ours(measured.performance[name]) for name in MANAGERS]
        assert found == pytest.approx(row_of(label), abs=1.1e-4), label
