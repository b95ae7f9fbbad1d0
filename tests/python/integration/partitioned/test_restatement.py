"""What was said before a correction stays readable: versions, restatements, reads as of then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.python.marts import Marts, account, fresh_marts, traded

MODELS = (
    "stg_trades", "stg_accounts", "stg_trade_versions", "stg_account_versions",
    "int_trading__measure_trades", "int_trading__measure_trade_versions",
    "fct_trades", "fct_trade_versions", "agg_trades_daily", "rpt_restatements",
    "fct_trades_as_of", "agg_trades_daily_as_of",
)  # fmt: skip
NOON = "2024-01-10T12:00:00Z"
AS_OF = ("fct_trades", "agg_trades_daily")


@pytest.fixture
def history(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    with fresh_marts(warehouse_path, tmp_path_factory) as marts:
        yield marts


def rows(marts: Marts, relation: str) -> list[dict[str, Any]]:
    """Rows by column name, in an order that does not depend on the columns' order."""
    found = marts.warehouse.rows(f'select * from "{marts.schema}".{relation}')
    return sorted(({k: row[k] for k in sorted(row)} for row in found), key=str)


def as_of(relation: str, ts: datetime) -> str:
    return f"{relation}_as_of(ts = '{ts.strftime('%Y-%m-%d %H:%M:%S.%f')}')"


def test_history_can_be_read_as_it_was_known(history: Marts) -> None:
    history.load("accounts", [account(account_id="a"), account(account_id="b")])
    history.load(
        "trades",
        [
            traded("a", "moves", NOON),
            traded("a", "grows", NOON),
            traded("a", "goes", NOON),
            traded("b", "late at night", "2024-01-31T23:30:00Z"),
        ],
    )
    known = []

    def build() -> None:
        history.build(*MODELS)
        known.append((datetime.now(timezone.utc), {name: rows(history, name) for name in AS_OF}))

    build()
    history.load(
        "trades",
        [
            traded("a", "moves", "2024-03-10T12:00:00Z"),
            traded("a", "grows", NOON, quantity="5"),
            traded("a", "goes", NOON, _op="delete"),
            traded("a", "late", NOON, exit_price="105"),
        ],
    )
    build()
    # the zone moves the day of the only trade, into the next month
    history.load("accounts", [account(account_id="b", trading_zone="Asia/Tokyo")])
    # back to what it was, and there again
    history.load("trades", [traded("a", "moves", NOON), traded("a", "goes", NOON)])
    build()
    assert [row["trade_date"].isoformat() for row in known[0][1]["fct_trades"]
            if row["account_id"] == "b"] == ["2024-01-31"]  # fmt: skip
    assert [row["trade_date"].isoformat() for row in known[2][1]["fct_trades"]
            if row["account_id"] == "b"] == ["2024-02-01"]  # fmt: skip
    for instant, contents in known:
        for name in AS_OF:
            assert rows(history, as_of(name, instant)) == contents[name], (name, instant)
    before = datetime(2024, 1, 1, tzinfo=timezone.utc)
    assert rows(history, as_of("fct_trades", before)) == []

    lives = history.query(
        "select trade_id, valid_from_batch, valid_to_batch, ended_by, net_pnl "
        "from {marts}.fct_trade_versions where account_id = 'a' order by 1, 2"
    )
    assert lives == [
        ("goes", 1, 2, "deletion", Decimal(20)),
        ("goes", 3, None, None, Decimal(20)),
        ("grows", 1, 2, "correction", Decimal(20)),
        ("grows", 2, None, None, Decimal(50)),
        ("late", 2, None, None, Decimal(10)),
        ("moves", 1, 2, "correction", Decimal(20)),
        ("moves", 2, 3, "correction", Decimal(20)),
        ("moves", 3, None, None, Decimal(20)),
    ]
    restated = history.query(
        "select toString(trade_date), batch_seq, versions_added, versions_corrected, "
        "versions_deleted, trades_before, trades_after, net_pnl_before, net_pnl_after, "
        "net_pnl_change from {marts}.rpt_restatements order by 1, 2"
    )
    assert restated == [
        ("2024-01-10", 2, 2, 2, 1, 3, 2, Decimal(60), Decimal(60), Decimal(0)),
        ("2024-01-10", 3, 2, 0, 0, 2, 4, Decimal(60), Decimal(100), Decimal(40)),
        ("2024-03-10", 3, 0, 1, 0, 1, 0, Decimal(20), Decimal(0), Decimal(-20)),
    ]
