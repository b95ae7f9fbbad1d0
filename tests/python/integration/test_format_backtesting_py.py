"""Trades of backtesting.py, as small exports that the tests write."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.python.conftest import House
from tests.python.integration.conftest import landed, net

BT_HEADER = ("Size,EntryBar,ExitBar,EntryPrice,ExitPrice,SL,TP,PnL,Commission,ReturnPct,EntryTime,"
             "ExitTime,Duration,Tag")  # fmt: skip
BT_LONG = "51,86,113,186.31,193.69,180,200,376.38,1.5,0.0396,2004-12-21,2005-01-31,41 days,cross"
BT_SHORT = "-0.55,70,86,180.36,186.31,,,-3.2725,0.0,-0.033,2004-11-29,2004-12-21 15:30:00,22 days,"


def load_bt(house: House, path: Path, *arguments: str) -> dict[str, Any]:
    return house.load("trades", path, "--format", "backtesting_py", "--set", "account_id=goog",
                      "--set", "symbol=GOOG", *arguments)  # fmt: skip


@pytest.mark.parametrize("index", [False, True])
def test_backtesting_py(house: House, tmp_path: Path, index: bool) -> None:
    """With indicator columns, and with the unnamed index that a data frame writes."""
    lines = [
        f'{BT_HEADER},"Entry_SMA(C,10)","Exit_SMA(C,10)"', f"{BT_LONG},1,2", f"{BT_SHORT},,nan",
    ]  # fmt: skip
    if index:
        lines = [f"{number}{line}" for number, line in zip(("", "0,", "1,"), lines, strict=True)]
        lines[0] = "," + lines[0]
    path = tmp_path / "trades.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    loaded = load_bt(house, path)
    assert (loaded["landed"], loaded["rejected"]) == (2, 0)
    columns = (
        "trade_id, account_id, symbol, market, strategy, side, quantity, entry_price, exit_price, "
        "stop_price, target_price, exit_fee, reported_pnl, reported_return, entry_reason, "
        "toString(opened_at) as o, toString(closed_at) as c"
    )
    market = ("goog", "GOOG", "backtest", "backtesting_py")
    assert landed(house, columns) == [
        ("000001", *market, "long", 51, Decimal("186.31"), Decimal("193.69"), 180, 200,
         Decimal("1.5"), Decimal("376.38"), 0.0396, "cross",
         "2004-12-21 00:00:00.000000", "2005-01-31 00:00:00.000000"),
        ("000002", *market, "short", Decimal("0.55"), Decimal("180.36"), Decimal("186.31"), None,
         None, 0, Decimal("-3.2725"), -0.033, "",
         "2004-11-29 00:00:00.000000", "2004-12-21 15:30:00.000000"),
    ]  # fmt: skip
    assert net(house) == [Decimal("374.88"), Decimal("-3.2725")]


def test_backtesting_py_without_its_newer_columns(house: House, tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_text(
        "Size,EntryPrice,ExitPrice,PnL,ReturnPct,EntryTime,ExitTime\n"
        "10,1,2,10,1,2004-12-21,2004-12-22\n"
    )
    assert load_bt(house, path, "--timezone", "America/New_York", "--set", "strategy=mine") == {
        **load_bt(house, path, "--timezone", "America/New_York", "--set", "strategy=mine"),
        "repeated": False, "read": 1, "landed": 1,
    }  # fmt: skip
    columns = "strategy, stop_price, toFloat64(exit_fee) as f, toString(opened_at) as o"
    assert landed(house, columns) == [("mine", None, 0, "2004-12-21 05:00:00.000000")]


def test_backtesting_py_needs_its_columns_and_an_account(house: House, tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_text(f"{BT_HEADER}\n{BT_LONG}\n")
    answer = house.run("load", "trades", path, "--format", "backtesting_py")
    assert answer.code == 3
    assert "missing column account_id, symbol; a missing one can be given with --set" in answer.err
    path.write_text("Size,EntryPrice,Profit\n1,2,3\n")
    answer = house.run("load", "trades", path, "--format", "backtesting_py")
    assert answer.code == 3
    assert "missing column ExitPrice, PnL, ReturnPct, EntryTime, ExitTime" in answer.err
    assert "unknown column 'Profit'" in answer.err
