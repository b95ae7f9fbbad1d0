"""Real exports, loaded by the commands of the README, against the figures of their own tools."""

from __future__ import annotations

import gzip
import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.python.conftest import House

pytestmark = pytest.mark.real_data


def net_pnl(trade: dict[str, Any]) -> Decimal:
    """Gross of twelve decimals, less fees, plus funding (METRICS, Basis)."""
    direction = 1 if trade["side"] == "long" else -1
    move = (trade["exit_price"] - trade["entry_price"]) * direction
    exact = move * trade["quantity"] * trade["contract_size"]
    gross = exact.quantize(Decimal("1e-12"), ROUND_HALF_UP)
    return Decimal(gross - trade["entry_fee"] - trade["exit_fee"] + trade["funding"])


def trades_of(house: House, account: str) -> list[dict[str, Any]]:
    """The landed trades of an account, in the order of its file."""
    with house.open() as warehouse:
        return warehouse.rows(
            f"select * from {warehouse.name('trades')} "
            "where account_id = {a:String} order by trade_id",
            a=account,
        )


def outcome(nets: list[Decimal]) -> tuple[int, int, int]:
    """Wins, draws, losses."""
    wins, losses = sum(net > 0 for net in nets), sum(net < 0 for net in nets)
    return wins, len(nets) - wins - losses, losses


def same(figure: Decimal | float, peer: float) -> bool:
    return float(figure) == pytest.approx(peer, rel=1e-6)


def peer_stats(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


FREQTRADE = {
    "ft-jaketongko/bt-2024-05-06_09-26-07.json": "ichiV1",
    "ft-jaketongko/bt-2024-05-06_09-26-24.json.gz": "TheForce",
    "ft-heqing/bt-2025-11-21_10-12-05.json.gz": "ExampleLSTMStrategy",
}


def test_freqtrade_exports(house: House, real_data: Path) -> None:
    """Several files in one command; trades, outcomes and net PnL are the peer's."""
    files = [real_data / file for file in FREQTRADE]
    answer = house.run("load", "trades", *files, "--format", "freqtrade_backtest", "--json")
    assert answer.code == 0, answer.err
    assert [row["rejected"] for row in answer.rows] == [0] * 6
    for file, strategy in FREQTRADE.items():
        stem = file.split(".json", maxsplit=1)[0]
        peer = peer_stats(real_data / f"{stem}.{strategy}.peer_stats.json")
        trades = trades_of(house, strategy)
        nets = [net_pnl(trade) for trade in trades]
        assert len(trades) == peer["total_trades"]
        assert outcome(nets) == (peer["wins"], peer["draws"], peer["losses"])
        assert same(sum(nets), peer["profit_total_abs"])
        # not a sum that errors could cancel in: every trade is the peer's figure
        assert all(net == trade["reported_pnl"] for net, trade in zip(nets, trades, strict=True))
        assert sum(trade["side"] == "short" for trade in trades) == peer["trade_count_short"]
        shorts = (net for net, t in zip(nets, trades, strict=True) if t["side"] == "short")
        assert same(sum(shorts, Decimal(0)), peer["profit_total_short_abs"])
        account = house.query(
            "select base_currency, toFloat64(starting_equity) as equity, "
            "toUnixTimestamp64Milli(started_at) as started, "
            "toUnixTimestamp64Milli(ended_at) as ended "
            f"from raw.accounts where account_id = '{strategy}'"
        )
        assert account == [
            {
                "base_currency": peer["stake_currency"],
                "equity": peer["starting_balance"],
                "started": peer["backtest_start_ts"],
                "ended": peer["backtest_end_ts"],
            }
        ]


def test_the_freqtrade_export_with_gross_profits(house: House, real_data: Path) -> None:
    """Its profit_abs is gross and its outcomes are by the net ratio; the landed net is net."""
    folder = real_data / "ft-fixture"
    house.load("trades", folder / "backtest-result.json", "--format", "freqtrade_backtest")
    peer = peer_stats(folder / "backtest-result.StrategyTestV3.peer_stats.json")
    expected = peer_stats(folder / "expected_from_peer_tests.json")
    trades = trades_of(house, "StrategyTestV3")
    nets = [net_pnl(trade) for trade in trades]
    assert len(trades) == peer["total_trades"]
    assert outcome(nets) == (peer["wins"], peer["draws"], peer["losses"])
    reported = sum(trade["reported_pnl"] for trade in trades)
    assert same(reported, peer["profit_total_abs"])
    assert same(reported / len(trades), expected["expectancy"])
    gross = [net_pnl({**t, "entry_fee": 0, "exit_fee": 0, "funding": 0}) for t in trades]
    assert same(sum(gross), peer["profit_total_abs"])
    for net, trade in zip(nets, trades, strict=True):
        # the ratio is net, of what the entry cost with its fee, and rounded to eight decimals
        cost = trade["entry_price"] * trade["quantity"] * Decimal("1.0025")
        ratio = Decimal(repr(trade["reported_return"]))
        assert abs(net - ratio * cost) <= Decimal("1.1e-8"), trade["trade_id"]


def test_backtesting_py_export(house: House, real_data: Path) -> None:
    path = real_data / "bt-goog" / "goog-smacross.trades.csv"
    arguments = ["--set", "account_id=goog", "--set", "symbol=GOOG", "--set", "market=equities"]
    loaded = house.load("trades", path, "--format", "backtesting_py", *arguments)
    peer = peer_stats(path.with_name("goog-smacross.peer_stats.json"))
    trades = trades_of(house, "goog")
    nets = [net_pnl(trade) for trade in trades]
    assert loaded["landed"] == len(trades) == peer["# Trades"]
    wins, draws, losses = outcome(nets)
    assert same(100 * wins / len(nets), peer["Win Rate [%]"])
    assert (wins, draws, losses) == outcome([trade["reported_pnl"] for trade in trades])
    assert same(10_000 + sum(nets), peer["Equity Final [$]"])
    returns = [
        float(net) / float(t["entry_price"] * t["quantity"])
        for net, t in zip(nets, trades, strict=True)
    ]
    assert same(100 * max(returns), peer["Best Trade [%]"])
    assert same(100 * min(returns), peer["Worst Trade [%]"])


def test_steam_snapshots(house: House, real_data: Path) -> None:
    """Every price in cents lands; the four of one file that look like dollars are rejects."""
    files = sorted((real_data / "skins-steam").glob("*.json.gz"))
    answer = house.run("load", "price_snapshots", *files, "--format", "steam_prices", "--json")
    assert answer.code == 0, answer.err
    for file, loaded in zip(files, answer.rows, strict=True):
        export = json.loads(gzip.decompress(file.read_bytes()), parse_float=Decimal)
        cents = {i: price for i, price in export["prices"].items() if isinstance(price, int)}
        odd = {i: price for i, price in export["prices"].items() if i not in cents or price <= 0}
        assert (loaded["landed"], loaded["rejected"]) == (
            len(export["prices"]) - len(odd), len(odd),
        )  # fmt: skip
        at = export["metadata"]["updated_at"].removesuffix("Z")
        with house.open() as warehouse:
            landed = warehouse.rows(
                f"select symbol, price from {warehouse.name('price_snapshots')} "
                "where snapshot_at = toDateTime64({at:String}, 6, 'UTC')",
                at=at,
            )
        assert {row["symbol"]: row["price"] * 100 for row in landed} == {
            item: price for item, price in cents.items() if item not in odd
        }
    assert sum(row["rejected"] for row in answer.rows[1:]) == 0
    assert answer.rows[0]["rejected"] == 4


def test_dmarket_snapshots(house: House, real_data: Path) -> None:
    files = sorted((real_data / "skins-dmarket").glob("*.json"))
    answer = house.run("load", "price_snapshots", *files, "--format", "dmarket_offers", "--json")
    assert answer.code == 0, answer.err
    expected: dict[tuple[str, str, int], tuple[Decimal, int]] = {}
    for number, file in enumerate(files, 1):
        offers: dict[tuple[str, str], list[Decimal]] = {}
        for offer in json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)["prices"]:
            key = (offer["game"], offer["item_name"])
            offers.setdefault(key, []).append(Decimal(offer["price_usd"]))
        expected |= {(*key, number): (min(all_), len(all_)) for key, all_ in offers.items()}
    with house.open() as warehouse:
        rows = warehouse.rows(f"select * from {warehouse.name('price_snapshots')}")
    assert {
        (r["market"], r["symbol"], r["_batch_seq"]): (r["price"], r["offers"]) for r in rows
    } == expected
    assert len(rows) == len(expected) == sum(row["landed"] for row in answer.rows)


def test_loading_everything_again_lands_nothing(house: House, real_data: Path) -> None:
    commands: list[list[str | Path]] = [
        ["trades", *(real_data / file for file in FREQTRADE), "--format", "freqtrade_backtest"],
        ["price_snapshots", *sorted((real_data / "skins-dmarket").glob("*.json")),
         "--format", "dmarket_offers"],
    ]  # fmt: skip
    for command in commands:
        assert house.run("load", *command).code == 0
    count = (
        "select (select count() from raw.trades) as trades, "
        "(select count() from raw.price_snapshots) as prices"
    )
    before = house.query(count)
    for command in commands:
        again = house.run("load", *command, "--json")
        assert again.code == 0
        assert all(row["repeated"] and row["landed"] == 0 for row in again.rows)
    assert house.query(count) == before
