"""Real exports, from the files to the reports: the figures of the tools that wrote them.

The peer's own statistics stand beside each file. Where a figure of the peer follows another
convention than the warehouse's, the test says which.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from tests.python.conftest import REAL_DATA
from tests.python.e2e.real_warehouse import (
    FREQTRADE,
    FREQTRADE_FIGURES,
    GOOG,
    GROSS,
    UNORDERED,
    Real,
    build,
    goog_stats,
    peer,
    same,
)
from tests.python.libraries import differences, empyrical, quantstats

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real files in {REAL_DATA}")
    real = build(REAL_DATA, tmp_path_factory.mktemp("real"))
    yield real
    real.installation.close_reader()


def test_every_row_of_every_file_is_accounted_for(real: Real) -> None:
    batches = [batch for group in real.loaded.values() for batch in group]
    for batch in batches:
        assert batch["read"] == batch["landed"] + batch["duplicates"] + batch["rejected"]
    expected = {account: peer(real.data, account)["total_trades"] for account in FREQTRADE}
    landed = [batch for batch in real.loaded["freqtrade"] if batch["feed"] == "trades"]
    assert [batch["landed"] for batch in landed] == list(expected.values())
    assert all(not batch["rejected"] for batch in landed)
    line = real.installation.build_counts()[0]
    assert "WARN=0 ERROR=0 SKIP=0" in line


@pytest.mark.parametrize(
    ("table", "trades", "outcomes"),
    [
        ("fct_trades", "count()", "countIf(outcome = '{}')"),
        ("agg_trades_daily", "sum(trades)", "sum({})"),
        ("rpt_daily_stats", "sum(trades)", "sum({})"),
    ],
)
def test_outcomes_and_profit_equal_the_peers(
    real: Real, table: str, trades: str, outcomes: str
) -> None:
    names = ("wins", "losses", "break_evens")
    if table == "fct_trades":
        counts = [outcomes.format(name) for name in ("win", "loss", "break_even")]
    else:
        counts = [outcomes.format(name) for name in names]
    rows = real.by_account(
        f"select account_id, {trades} as n, sum(net_pnl) as profit, "
        + ", ".join(f"{count} as n_{name}" for count, name in zip(counts, names, strict=True))
        + f" from tradehouse.{table} group by account_id"
    )
    assert set(rows) == {*FREQTRADE, "goog"}
    for account in FREQTRADE:
        row, stats = rows[account], peer(real.data, account)
        assert row["n"] == stats["total_trades"]
        assert [row[f"n_{name}"] for name in names] == [
            stats["wins"], stats["losses"], stats["draws"]
        ]  # fmt: skip
        if account == GROSS:
            assert row["profit"] < stats["profit_total_abs"]
        else:
            assert row["profit"] == same(stats["profit_total_abs"])
    stats, row = goog_stats(real.data), rows["goog"]
    assert row["n"] == stats["# Trades"]
    assert row["n_wins"] / row["n"] == same(stats["Win Rate [%]"] / 100)
    assert row["profit"] == same(stats["Equity Final [$]"] - 10_000)


def test_the_traps_of_the_gross_export_are_handled(real: Real) -> None:
    row = real.one(
        "select countIf(outcome = 'win') as w, countIf(outcome = 'break_even') as d, "
        "countIf(outcome = 'loss') as l, sum(gross_pnl) as gross, sum(fees) as fees, "
        "sum(gross_pnl) - sum(fees) - sum(net_pnl) as rest, "
        "countIf(gross_pnl > 0) as gross_wins, countIf(is_reconciled) as reconciled "
        f"from tradehouse.fct_trades where account_id = '{GROSS}'"
    )
    assert (row["w"], row["d"], row["l"]) == (48, 122, 9)
    assert row["gross"] == same(peer(real.data, GROSS)["profit_total_abs"])
    assert row["gross_wins"] == 170
    assert row["fees"] > 0 and row["rest"] == 0
    # its profit_abs is before fees, so no trade that paid any agrees with it
    assert row["reconciled"] == 0


@pytest.mark.parametrize("account", FREQTRADE)
def test_sides_days_and_drawdown_equal_the_peers(real: Real, account: str) -> None:
    stats = peer(real.data, account)
    profit = "gross_pnl" if account == GROSS else "net_pnl"
    trades = real.installation.query(
        f"select side, toString({profit}) as profit, trade_date from tradehouse.fct_trades "
        f"where account_id = '{account}' order by closed_at, trade_id"
    )
    sides = Counter(row["side"] for row in trades)
    assert (sides["long"], sides["short"]) == (
        stats["trade_count_long"],
        stats["trade_count_short"],
    )
    for side in ("long", "short"):
        own = sum(Decimal(row["profit"]) for row in trades if row["side"] == side)
        assert float(own) == same(stats[f"profit_total_{side}_abs"])
    days: dict[str, Decimal] = {}
    total = high = drawdown = Decimal()
    for row in trades:
        value = Decimal(row["profit"])
        days[row["trade_date"]] = days.get(row["trade_date"], Decimal()) + value
        # the peer's: over the trades in their order, from a high that starts at 0
        total += value
        high = max(high, total)
        drawdown = max(drawdown, high - total)
    if account != GROSS:
        assert float(max(days.values())) == same(stats["backtest_best_day_abs"])
        assert float(min(days.values())) == same(stats["backtest_worst_day_abs"])
        assert float(drawdown) == same(stats["max_drawdown_abs"])


@pytest.mark.parametrize("account", FREQTRADE)
def test_figures_of_freqtrade_are_reproduced(real: Real, account: str) -> None:
    stats = peer(real.data, account)
    if account == GROSS:
        # its export has no ratios; the peer's own tests assert them
        path = real.data / "ft-fixture" / "expected_from_peer_tests.json"
        stats = {**json.loads(path.read_text()), **stats}
    rows = real.installation.query(
        "select * from tradehouse.rpt_metric_reconciliation "
        f"where account_id = '{account}' order by strategy"
    )
    assert [row["strategy"] for row in rows] == ["*", account]
    assert len(FREQTRADE_FIGURES.keys() & stats.keys()) >= 11
    for row in rows:
        for figure in FREQTRADE_FIGURES.keys() & stats.keys() - UNORDERED.get(account, set()):
            assert row[FREQTRADE_FIGURES[figure]] == same(stats[figure]), figure
        stated = "trades that closed together stand in no order" in row["explanation"]
        assert stated == (account in UNORDERED)
        assert "quantstats_sharpe: 252 days a year; " in row["explanation"]


def test_figures_of_backtesting_py_are_ours(real: Real) -> None:
    stats = goog_stats(real.data)
    row = real.one(
        "select * from tradehouse.rpt_performance "
        "where account_id = 'goog' and strategy = '*' and window = 'all'"
    )
    assert row["trades"] == stats["# Trades"]
    assert row["win_rate_all"] == same(stats["Win Rate [%]"] / 100)
    assert row["expectancy"] == same((stats["Equity Final [$]"] - 10_000) / stats["# Trades"])
    # its Kelly criterion takes the mean win and loss as money, ours as well; it has no break-evens
    assert row["break_evens"] == 0
    assert row["kelly_fraction"] == same(stats["Kelly Criterion"])
    # the equity of its file is marked to market; ours counts a trade when it closes
    assert row["total_return"] == same(stats["Return [%]"] / 100)


def test_every_undefined_metric_has_its_reason(real: Real) -> None:
    ghost = real.unknown_performance
    assert {row["total_return"] for row in ghost} == {None}
    assert all("total_return=no_capital;" in row["undefined_metrics"] for row in ghost)
    assert ghost[0]["net_pnl"] != 0


def test_accounts_have_the_capital_of_their_backtests(real: Real) -> None:
    rows = real.by_account("select *, toUnixTimestamp64Milli(started_at) as start_ms, "
                           "toUnixTimestamp64Milli(ended_at) as end_ms "
                           "from tradehouse.dim_account")  # fmt: skip
    assert set(rows) == {*FREQTRADE, "goog"}
    for account in FREQTRADE:
        row, stats = rows[account], peer(real.data, account)
        assert row["starting_equity"] == same(stats["starting_balance"])
        assert row["base_currency"] == stats["stake_currency"]
        assert (row["account_kind"], row["is_inferred"]) == ("backtest", False)
        assert (row["start_ms"], row["end_ms"]) == (
            stats["backtest_start_ts"],
            stats["backtest_end_ts"],
        )


def test_curves_end_at_the_final_balance(real: Real) -> None:
    rows = real.by_account(
        "select account_id, argMax(equity, day) as final, argMax(cumulative_pnl, day) as profit, "
        "max(daily_net) as best, min(daily_net) as worst, countIf(daily_net > 0) as winning, "
        "countIf(daily_net < 0) as losing from (select *, net_pnl as daily_net "
        "from tradehouse.rpt_equity_curve where strategy = '*') group by account_id"
    )
    assert set(rows) == {*FREQTRADE, "goog"}
    for account in set(FREQTRADE) - {GROSS}:
        row, stats = rows[account], peer(real.data, account)
        assert row["final"] == same(stats["final_balance"])
        assert row["profit"] == same(stats["profit_total_abs"])
        assert row["best"] == same(stats["backtest_best_day_abs"])
        assert row["worst"] == same(stats["backtest_worst_day_abs"])
        assert (row["winning"], row["losing"]) == (stats["winning_days"], stats["losing_days"])
    assert rows["goog"]["final"] == same(goog_stats(real.data)["Equity Final [$]"])


def test_returns_of_trades_equal_backtesting_py(real: Real) -> None:
    stats = goog_stats(real.data)
    row = real.one(
        "select max(return_rel) as best, min(return_rel) as worst, avg(return_rel) as mean, "
        "sumIf(return_rel, return_rel > 0) / abs(sumIf(return_rel, return_rel < 0)) as factor "
        "from tradehouse.fct_trades where account_id = 'goog'"
    )
    assert row["best"] == same(stats["Best Trade [%]"] / 100)
    assert row["worst"] == same(stats["Worst Trade [%]"] / 100)
    assert row["mean"] == same(stats["Expectancy [%]"] / 100)
    assert row["factor"] == same(stats["Profit Factor"])


def test_a_trade_of_an_unknown_account_reaches_the_facts(real: Real) -> None:
    assert real.unknown_account["is_inferred"] is True
    assert real.unknown_account["starting_equity"] is None
    assert real.unknown_trades["trades"] == goog_stats(real.data)["# Trades"]
    known = real.one(
        "select toString(sum(net_pnl)) as net_pnl from tradehouse.fct_trades "
        "where account_id = 'goog'"
    )
    assert Decimal(known["net_pnl"]) == Decimal(real.unknown_trades["net_pnl"])
    assert real.unknown_curve
    for row in real.unknown_curve:
        undefined = ("equity", "daily_return", "peak_equity", "drawdown_rel")
        assert [row[name] for name in undefined] == [None] * 4
        assert row["undefined_metrics"] == "".join(f"{name}=no_capital;" for name in undefined)
    # the profit needs no capital
    assert Decimal(str(real.unknown_curve[-1]["cumulative_pnl"])) == Decimal(known["net_pnl"])


def test_the_account_brings_its_capital_zone_and_sessions(real: Real) -> None:
    row = real.one(
        "select is_inferred, toString(starting_equity) as capital, trading_zone, periods_per_year "
        "from tradehouse.dim_account where account_id = 'goog'"
    )
    assert row == {
        "is_inferred": False,
        "capital": "10000",
        "trading_zone": "America/New_York",
        "periods_per_year": 252,
    }
    curve = real.installation.query(
        "select day, toDayOfWeek(day) as weekday, undefined_metrics "
        "from tradehouse.rpt_equity_curve where account_id = 'goog' and strategy = '*' order by day"
    )
    assert {row["undefined_metrics"] for row in curve} == {""}
    with (real.data / "bt-goog" / "goog-smacross.equity.csv").open(encoding="utf-8") as stream:
        sessions = [row[""] for row in csv.DictReader(stream)]
    last = curve[-1]["day"]
    assert [row["day"] for row in curve] == [day for day in sessions if day <= last]
    with (real.data / GOOG).open(encoding="utf-8") as stream:
        closed = Counter(row["ExitTime"] for row in csv.DictReader(stream))
    dates = real.installation.query(
        "select trade_date, count() as n from tradehouse.fct_trades "
        "where account_id = 'goog' group by trade_date"
    )
    assert {row["trade_date"]: row["n"] for row in dates} == closed


def test_steam_prices_equal_the_files(real: Real) -> None:
    expected: dict[str, tuple[int, Decimal]] = {}
    rejected = 0
    for path in sorted((real.data / "skins-steam").glob("*.json.gz")):
        document = json.loads(gzip.decompress(path.read_bytes()))
        whole = [price for price in document["prices"].values() if isinstance(price, int)]
        rejected += len(document["prices"]) - len(whole)
        at = document["metadata"]["updated_at"].removesuffix("Z")
        expected[at] = (len(whole), Decimal(sum(whole)) / 100)
    assert rejected == 4 == sum(batch["rejected"] for batch in real.loaded["steam"])
    rows = real.installation.query(
        "select formatDateTime(snapshot_at, '%FT%T') || '.' || "
        "leftPad(toString(toUnixTimestamp64Milli(snapshot_at) % 1000), 3, '0') as at, "
        "count() as n, toString(sum(price)) as total from tradehouse.fct_price_snapshots "
        "where venue = 'steam' group by snapshot_at"
    )
    assert {row["at"]: (row["n"], Decimal(row["total"])) for row in rows} == expected
    hours = real.installation.query(
        "select formatDateTime(hour_start, '%FT%H') as hour, sum(samples) as n, count() as items, "
        "toString(sum(price_sum)) as total, max(first_price - last_price) as moved "
        "from tradehouse.agg_prices_hourly where venue = 'steam' group by hour_start"
    )
    # the snapshots lie hours apart: one sample an item
    assert {row["hour"]: (row["n"], Decimal(row["total"])) for row in hours} == {
        at[:13]: counted for at, counted in expected.items()
    }
    assert all(row["n"] == row["items"] and row["moved"] == 0 for row in hours)


@pytest.mark.filterwarnings("ignore")
def test_figures_of_the_libraries_are_reproduced(real: Real) -> None:
    oracles = {**quantstats(), **empyrical()}
    columns = ", ".join(f"toString({column}) as {column}" for column in oracles)
    rows = real.by_account(
        f"select account_id, {columns} from tradehouse.rpt_metric_reconciliation "
        "where strategy = '*'"
    )
    assert set(rows) == {*FREQTRADE, "goog"}
    for account, texts in rows.items():
        days = real.installation.query(
            "select day, daily_return from tradehouse.rpt_equity_curve "
            f"where account_id = '{account}' and strategy = '*' order by day"
        )
        returns = pd.Series(
            [row["daily_return"] for row in days],
            index=pd.to_datetime([row["day"] for row in days]),
        )
        row = {c: None if texts[c] is None else float(texts[c]) for c in oracles}
        assert differences(returns, row, oracles) == [], account


def test_the_lowest_of_an_items_offers_is_its_price(real: Real) -> None:
    expected: dict[tuple[str, str, str], tuple[Decimal, int]] = {}
    for path in sorted((real.data / "skins-dmarket").glob("*.json")):
        offers: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for offer in json.loads(path.read_text(encoding="utf-8"))["prices"]:
            offers.setdefault((offer["game"], offer["item_name"]), []).append(offer)
        for (game, item), own in offers.items():
            at = max(offer["collected_at"] for offer in own).split("+")[0]
            price = min(Decimal(str(offer["price_usd"])) for offer in own)
            expected[game, item, at] = (price, len(own))
    rows = real.installation.query(
        "select market, symbol, replaceOne(toString(snapshot_at), ' ', 'T') as at, "
        "toString(price) as price, offers from tradehouse.fct_price_snapshots "
        "where venue = 'dmarket'"
    )
    found = {
        (row["market"], row["symbol"], row["at"]): (Decimal(row["price"]), row["offers"])
        for row in rows
    }
    assert found == expected
    assert sum(offers for _, offers in found.values()) == 800
    hourly = real.one(
        "select sum(samples) as n, uniqExact(symbol_id) as items "
        "from tradehouse.agg_prices_hourly where venue = 'dmarket'"
    )
    assert (hourly["n"], hourly["items"]) == (len(rows), len({key[:2] for key in found}))


def test_indicator_ids_are_exact(real: Real) -> None:
    rows = real.installation.query(
        "select indicator_id, count() as n, max(value) as highest "
        "from tradehouse.fct_indicator_values group by indicator_id order by indicator_id"
    )
    assert rows == [
        {"indicator_id": "rsi_14", "n": 2, "highest": 52.25},
        {"indicator_id": "rsi_140", "n": 1, "highest": 49},
    ]
