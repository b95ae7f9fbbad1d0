"""Rows that arrive late, changed or deleted: an incremental build equals a full one.

A full build says what is right, for every partitioned table and for all that rests on them. The
changes of one test lie in months of their own, so none hides another.
"""

from __future__ import annotations

from tests.python.marts import (
    DOWNSTREAM,
    PARTITIONED,
    Marts,
    account,
    indicator,
    price,
    traded,
)


def test_rows_that_change_move_and_arrive_late(marts: Marts) -> None:
    before = marts.generations()
    back = traded("corrected", "there and back", "2024-06-10T12:00:00Z")
    marts.load("trades", [{**back, "closed_at": "2024-07-10T12:00:00Z"}])
    marts.load(
        "trades",
        [
            traded("corrected", "month", "2024-02-10T12:00:00Z"),
            traded("corrected", "day", "2024-03-11T12:00:00Z"),
            traded("corrected", "strategy", "2024-04-10T12:00:00Z", strategy="other"),
            traded("corrected", "account", "2024-05-10T12:00:00Z", _op="delete"),
            traded("late", "account", "2024-05-10T12:00:00Z"),
            # the only one of its month
            traded("corrected", "alone", "2024-08-10T12:00:00Z", _op="delete"),
            # in New York this is another month than in UTC
            traded("corrected", "night", "2024-11-01T03:30:00Z", quantity="5"),
            traded("ahead", "changed", "2021-03-15T12:00:00Z", quantity="5"),
            # an old month, and one that was not there
            traded("late", "old again", "2020-02-20T12:00:00Z"),
            traded("late", "older", "2016-02-10T12:00:00Z"),
        ],
    )
    marts.load("trades", [back])
    marts.load(
        "price_snapshots",
        [
            price("knife", "2024-01-10T12:30:00Z", price="8"),
            price("knife", "2021-05-10T12:00:00Z", price="9"),
            # landed before: the same, which is dropped, and another, which is rejected
            price("knife", "2024-01-10T12:00:00Z"),
            price("knife", "2024-03-10T12:00:00Z", price="15"),
        ],
        max_reject_rate=0.5,
    )
    marts.load(
        "indicator_values",
        [
            indicator("BTC/USDT", "2024-01-10T12:00:00Z", value="60"),
            indicator("BTC/USDT", "2024-02-10T12:00:00Z", _op="delete"),
            indicator("BTC/USDT", "2021-06-10T12:00:00Z", value="70"),
        ],
    )
    marts.build(*PARTITIONED, *DOWNSTREAM)
    expected = [201602, 202002, 202103, *range(202401, 202409), 202410, 202411]
    assert marts.touched("fct_trades") == expected
    assert marts.touched("agg_trades_daily") == expected
    assert 202408 not in marts.partitions("fct_trades") | marts.partitions("agg_trades_daily")
    assert marts.touched("fct_price_snapshots") == [202105, 202401]
    assert marts.touched("agg_prices_hourly") == [202105, 202401]
    assert marts.touched("fct_indicator_values") == [202106, 202401, 202402]
    assert 202402 not in marts.partitions("fct_indicator_values")
    assert marts.generations() == before
    marts.check(*DOWNSTREAM)


def test_rows_of_months_that_were_not_there_alone(marts: Marts) -> None:
    before = marts.generations()
    # of a year without a trade, and of one with trades in another month
    new = ["2018-07-10T12:00:00Z", "2020-09-10T12:00:00Z"]
    marts.load("trades", [traded("late", instant, instant) for instant in new])
    marts.build(*PARTITIONED, *DOWNSTREAM)
    assert marts.touched("agg_trades_daily") == [201807, 202009]
    assert marts.generations() == before
    marts.check(*DOWNSTREAM)


def test_an_account_that_changes_its_zone_moves_its_days(marts: Marts) -> None:
    before, days = marts.generations(), trade_days(marts)
    marts.load(
        "accounts",
        [
            account(account_id="east", trading_zone="Pacific/Kiritimati"),
            account(account_id="west", trading_zone="Etc/GMT+12"),
            account(account_id="unknown", trading_zone="America/New_York"),
            account(account_id="closed", _op="delete"),
        ],
    )
    # in the same build: a trade that goes, one that comes, one that moves
    marts.load(
        "trades",
        [
            traded("west", "2", "2022-06-01T00:00:00Z", _op="delete"),
            traded("east", "new", "2022-08-31T23:00:00Z"),
            traded("closed", "1", "2022-09-30T12:00:00Z"),
        ],
    )
    marts.build(*PARTITIONED, *DOWNSTREAM)
    assert marts.touched("fct_trades") == [*range(202201, 202204), *range(202205, 202207),
                                           *range(202208, 202211)]  # fmt: skip
    assert marts.generations() == before
    moved = trade_days(marts)
    assert days["east", "0"] == "2022-01-31" and moved["east", "0"] == "2022-02-01"
    assert days["west", "0"] == "2022-01-31" and moved["west", "0"] == "2022-01-30"
    assert days["west", "1"] == "2022-03-01" and moved["west", "1"] == "2022-02-28"
    assert days["unknown", "2"] == "2022-06-01" and moved["unknown", "2"] == "2022-05-31"
    assert days["closed", "0"] == "2022-02-01" and moved["closed", "0"] == "2022-01-31"
    marts.check(*DOWNSTREAM)


def trade_days(marts: Marts) -> dict[tuple[str, str], str]:
    rows = marts.query("select account_id, trade_id, toString(trade_date) from {marts}.fct_trades")
    return {(account_id, trade_id): day for account_id, trade_id, day in rows}
