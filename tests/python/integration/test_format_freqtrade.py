"""Backtests of freqtrade, as small exports that the tests write."""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest

from tests.python.conftest import House
from tests.python.integration.conftest import landed, net

FT_TRADE: dict[str, Any] = {
    "pair": "BTC/USDT", "amount": 0.5, "open_rate": 100.0, "close_rate": 110.0,
    "fee_open": 0.001, "fee_close": 0.002, "profit_abs": 4.84, "profit_ratio": 0.0967,
    "open_date": "2024-04-02 14:15:00+00:00", "close_date": "2024-04-02 14:30:00+00:00",
    "open_timestamp": 1712067300000, "close_timestamp": 1712068200000.0,
    "is_short": False, "leverage": 1.0, "funding_fees": 0.0, "enter_tag": "breakout",
    "exit_reason": "roi", "initial_stop_loss_abs": 90.0, "min_rate": 99.0, "max_rate": 111.0,
    "stake_amount": 50.0, "trade_duration": 15, "is_open": False, "weekday": 1,
}  # fmt: skip


def ft_trade(**changes: Any) -> dict[str, Any]:
    """0.5 x (110 - 100) - 0.5 x 100 x 0.001 - 0.5 x 110 x 0.002 = 4.84"""
    return {**FT_TRADE, **changes}


def order(amount: float, price: float, entry: bool) -> dict[str, Any]:
    return {"amount": amount, "safe_price": price, "ft_is_entry": entry, "ft_order_side": "buy"}


def ft_strategy(*trades: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"trades": list(trades), "stake_currency": "USDT", "starting_balance": 1000,
            "dry_run_wallet": 900, "backtest_start_ts": 1711929600000,
            "backtest_end_ts": 1714521600000, "trading_mode": "spot", **changes}  # fmt: skip


def ft_file(folder: Path, **strategies: dict[str, Any]) -> Path:
    path = folder / "backtest.json"
    export = {"metadata": {}, "strategy": strategies, "strategy_comparison": [{"key": "x"}]}
    path.write_text(json.dumps(export), encoding="utf-8")
    return path


def load_ft(house: House, path: Path, *arguments: str) -> list[dict[str, Any]]:
    answer = house.run(
        "load", "trades", path, "--format", "freqtrade_backtest", *arguments, "--json"
    )
    assert answer.code == 0, answer.err
    return answer.rows


def test_freqtrade_columns(house: House, tmp_path: Path) -> None:
    loaded = load_ft(house, ft_file(tmp_path, Alpha=ft_strategy(ft_trade())))
    assert [(row["feed"], row["landed"]) for row in loaded] == [("trades", 1), ("accounts", 1)]
    with house.open() as warehouse:
        trade = warehouse.rows(f"select * from {warehouse.name('trades')}")[0]
        account = warehouse.rows(f"select * from {warehouse.name('accounts')}")[0]
    expected = {
        "trade_id": "Alpha-000001", "account_id": "Alpha", "strategy": "Alpha",
        "symbol": "BTC/USDT", "market": "crypto_spot", "side": "long",
        "entry_price": 100, "exit_price": 110, "quantity": Decimal("0.5"), "leverage": 1,
        "contract_size": 1, "entry_fee": Decimal("0.05"), "exit_fee": Decimal("0.11"),
        "funding": 0, "quote_currency": "USDT", "fee_currency": "USDT",
        "entry_reason": "breakout", "exit_reason": "roi", "stop_price": 90, "min_price": 99,
        "max_price": 111, "reported_pnl": Decimal("4.84"), "reported_return": 0.0967,
        "target_price": None, "version": None, "tags": [],
    }  # fmt: skip
    assert {name: trade[name] for name in expected} == expected
    assert str(trade["opened_at"])[:19] == "2024-04-02 14:15:00"
    assert str(trade["closed_at"])[:19] == "2024-04-02 14:30:00"
    expected = {"account_id": "Alpha", "name": "Alpha", "kind": "backtest",
                "base_currency": "USDT", "starting_equity": 1000, "trading_zone": "UTC",
                "periods_per_year": 365}  # fmt: skip
    assert {name: account[name] for name in expected} == expected
    assert str(account["started_at"])[:19] == "2024-04-01 00:00:00"
    assert str(account["ended_at"])[:19] == "2024-05-01 00:00:00"


def test_freqtrade_profit_may_be_gross(house: House, tmp_path: Path) -> None:
    """Net: 4.84. Stated gross (5), or wrong altogether, the net is computed all the same."""
    trades = [
        ft_trade(),
        ft_trade(profit_abs=5.0),
        ft_trade(profit_abs=-1),
        ft_trade(profit_abs=None),
    ]
    load_ft(house, ft_file(tmp_path, S=ft_strategy(*trades)))
    assert net(house) == [Decimal("4.84")] * 4
    reported = [row[0] for row in landed(house, "reported_pnl")]
    assert reported == [Decimal("4.84"), 5, -1, None]


def test_freqtrade_shorts_funding_and_leverage(house: House, tmp_path: Path) -> None:
    trades = [
        # (100 - 110) x 0.5 - 0.05 - 0.11
        ft_trade(is_short=True, profit_abs=-5.16),
        # and 0.25 of funding received, then 0.25 paid
        ft_trade(is_short=True, profit_abs=-4.91, funding_fees=0.25, leverage=3.0),
        ft_trade(funding_fees=-0.25, profit_abs=4.59, leverage=2.5, pair="BTC/USDT:USDT"),
    ]
    load_ft(house, ft_file(tmp_path, S=ft_strategy(*trades, trading_mode="futures")))
    assert net(house) == [Decimal("-5.16"), Decimal("-4.91"), Decimal("4.59")]
    assert landed(house, "side, toFloat64(leverage) as l, toFloat64(funding) as f, market") == [
        ("short", 1, 0, "crypto_futures"),
        ("short", 3, 0.25, "crypto_futures"),
        ("long", 2.5, -0.25, "crypto_futures"),
    ]


def test_freqtrade_figures_are_the_peers_to_the_last_decimal(house: House, tmp_path: Path) -> None:
    """profit_abs is rounded to 8 decimals; the product of price and amount is not."""
    amount, open_rate = 4.84806, 102.10264257472156
    cases = []
    for close_rate in (106.08863162418515, open_rate, 101.23456789012345, 1234567.000000001):
        gross = amount * (close_rate - open_rate)
        profit = round(gross - amount * open_rate * 0.001 - amount * close_rate * 0.001, 8)
        cases.append((close_rate, profit))
    trades = [
        ft_trade(amount=amount, open_rate=open_rate, close_rate=close, fee_open=0.001,
                 fee_close=0.001, profit_abs=profit)
        for close, profit in cases
    ]  # fmt: skip
    loaded = load_ft(house, ft_file(tmp_path, S=ft_strategy(*trades)))
    assert net(house) == [Decimal(repr(profit)).normalize() for _, profit in cases]
    # two rates a trade have more than twelve decimals, but for the last, whose exit has nine
    assert loaded[0]["rounded"] == 7


@pytest.mark.parametrize("profit", [0.0, 1e-9, None])
def test_a_freqtrade_break_even_is_exactly_zero(
    house: House, tmp_path: Path, profit: float | None
) -> None:
    """Fees eat up the gain to less than half of the eighth decimal."""
    amount, open_rate, fee = 10.37344398340249, 9.64e-05, 0.0025
    close_rate = open_rate * (1 + fee) / (1 - fee)
    trade = ft_trade(amount=amount, open_rate=open_rate, close_rate=close_rate, fee_open=fee,
                     fee_close=fee, profit_abs=profit)  # fmt: skip
    load_ft(house, ft_file(tmp_path, S=ft_strategy(trade)))
    assert net(house) == [0]


def test_freqtrade_position_adjustment(house: House, tmp_path: Path) -> None:
    """Entries 1 x 100 and 3 x 80, exits 1.5 x 90 and 2.5 x 100: the averages are 85 and 96.25.

    Net: 385 - 340 - 0.001 x 340 - 0.002 x 385 = 43.89. The trade's own rates are those of the last
    fills, and its amount is what was left.
    """
    orders = [
        order(1, 100, True),
        order(3, 80, True),
        order(1.5, 90, False),
        order(2.5, 100, False),
    ]
    trade = ft_trade(amount=2.5, open_rate=80.0, close_rate=100.0, orders=orders, profit_abs=43.89)
    load_ft(house, ft_file(tmp_path, S=ft_strategy(trade)))
    assert landed(house, "entry_price, exit_price, quantity, entry_fee, exit_fee") == [
        (85, Decimal("96.25"), 4, Decimal("0.34"), Decimal("0.77"))
    ]
    assert net(house) == [Decimal("43.89")]


def test_freqtrade_with_one_order_each_way_keeps_the_trades_own_rates(
    house: House, tmp_path: Path
) -> None:
    orders = [order(0.5, 99.5, True), order(0.5, 111, False)]
    load_ft(house, ft_file(tmp_path, S=ft_strategy(ft_trade(orders=orders))))
    assert landed(house, "entry_price, exit_price, quantity") == [(100, 110, Decimal("0.5"))]


def test_freqtrade_older_exports(house: House, tmp_path: Path) -> None:
    """No orders, funding fees, trading mode, timestamps or short flag; tags had other names."""
    gone = ("funding_fees", "enter_tag", "exit_reason", "open_timestamp", "close_timestamp",
            "is_short", "leverage", "initial_stop_loss_abs", "min_rate", "max_rate")  # fmt: skip
    old = {name: value for name, value in FT_TRADE.items() if name not in gone}
    old |= {"buy_tag": "dip", "sell_reason": "stop_loss"}
    strategy = ft_strategy(old)
    del strategy["trading_mode"], strategy["starting_balance"]
    load_ft(house, ft_file(tmp_path, S=strategy))
    columns = "market, side, toFloat64(leverage) as l, entry_reason, exit_reason, stop_price"
    assert landed(house, columns) == [("crypto_spot", "long", 1, "dip", "stop_loss", None)]
    assert net(house) == [Decimal("4.84")]
    accounts = house.query("select toFloat64(starting_equity) as e from raw.accounts")
    assert accounts == [{"e": 900}]
    times = house.query("select toString(opened_at) as o, toString(closed_at) as c from raw.trades")
    assert times == [{"o": "2024-04-02 14:15:00.000000", "c": "2024-04-02 14:30:00.000000"}]


def test_several_freqtrade_strategies_in_one_file(house: House, tmp_path: Path) -> None:
    path = ft_file(
        tmp_path,
        Beta=ft_strategy(ft_trade(), ft_trade(pair="ETH/USDT")),
        Alpha=ft_strategy(ft_trade(), stake_currency="BTC", starting_balance=5),
        Empty=ft_strategy(),
    )
    loaded = load_ft(house, path)
    assert [(row["feed"], row["landed"]) for row in loaded] == [("trades", 3), ("accounts", 3)]
    assert landed(house, "account_id, trade_id, symbol, quote_currency") == [
        ("Alpha", "Alpha-000001", "BTC/USDT", "BTC"),
        ("Beta", "Beta-000001", "BTC/USDT", "USDT"),
        ("Beta", "Beta-000002", "ETH/USDT", "USDT"),
    ]
    # once more: neither feed lands anything
    assert [row["repeated"] for row in load_ft(house, path)] == [True, True]


def test_freqtrade_ids_keep_the_order_of_the_file(house: House, tmp_path: Path) -> None:
    trades = [ft_trade(pair=f"P{number}/USDT") for number in range(1200)]
    load_ft(house, ft_file(tmp_path, S=ft_strategy(*trades)))
    rows = landed(house, "symbol, _row")
    assert rows == [(f"P{number}/USDT", number + 1) for number in range(1200)]


def test_a_freqtrade_account_of_another_name(house: House, tmp_path: Path) -> None:
    path = ft_file(tmp_path, S=ft_strategy(ft_trade()))
    load_ft(house, path, "--set", "account_id=mine", "--set", "market=test")
    assert landed(house, "account_id, strategy, market") == [("mine", "S", "test")]
    assert house.query("select account_id, name from raw.accounts") == [
        {"account_id": "mine", "name": "S"}
    ]


def test_a_freqtrade_zip(house: House, tmp_path: Path) -> None:
    """As the tool writes it: settings, market data, the strategy and its parameters beside it."""
    stem = "backtest-result-2025-11-21_10-12-05"
    export = ft_file(tmp_path, S=ft_strategy(ft_trade()))
    market = tmp_path / "market.feather"
    pyarrow.feather.write_feather(pa.table({"date": [1], "rel_mean": [0.5]}), market)
    path = tmp_path / f"{stem}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{stem}_config.json", '{"strategy": "S"}')
        archive.writestr(f"{stem}_S.json", '{"strategy_name": "S", "params": {}}')
        archive.writestr(f"{stem}_S.py", "class S: ...")
        archive.write(export, f"{stem}.json")
        archive.write(market, f"{stem}_market_change.feather")
    assert [row["landed"] for row in load_ft(house, path)] == [1, 1]
    assert net(house) == [Decimal("4.84")]


def test_a_bad_freqtrade_trade_is_a_reject(house: House, tmp_path: Path) -> None:
    bad = [ft_trade(open_rate=0), ft_trade(close_rate="x"), ft_trade(amount=None),
           ft_trade(close_timestamp=1712067299999), ft_trade(fee_open=float("nan")),
           ft_trade(fee_close="x"), ft_trade(funding_fees="x")]  # fmt: skip
    path = ft_file(tmp_path, S=ft_strategy(ft_trade(), *bad))
    loaded = load_ft(house, path, "--max-reject-rate", "0.9")
    assert (loaded[0]["landed"], loaded[0]["rejected"]) == (1, 7)
    rejects = house.run("rejects", "trades", "--json").rows
    assert [(row["row"], row["column"], row["reason"]) for row in rejects] == [
        (2, "entry_price", "not above 0"),
        (3, "exit_price", "not a number"),
        (4, "quantity", "missing value"),
        (5, "closed_at", "closed before opened"),
        (6, "entry_fee", "not a number"),
        (7, "exit_fee", "not a number"),
        (8, "exit_fee", "not a number"),
    ]


def test_refused_accounts_do_not_hide_that_their_trades_landed(
    house: House, tmp_path: Path
) -> None:
    path = ft_file(tmp_path, S=ft_strategy(ft_trade(), starting_balance="much"))
    answer = house.run("load", "trades", path, "--format", "freqtrade_backtest")
    assert answer.code == 3
    assert "starting_equity: not a number" in answer.err
    assert answer.err.endswith("; its trades did land, in batch trades-000001\n")
    assert house.query("select count() as n from raw.trades") == [{"n": 1}]
