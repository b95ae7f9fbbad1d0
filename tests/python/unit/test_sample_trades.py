"""The trades of a sample: when they close, and that their prices, fees and profits agree."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from python_loaders.sample import write_sample
from tests.python.unit.sample_reader import Reader, Sample, bad_columns, instant, net_pnl, read_rows


def test_corrections_move_days_and_months_and_change_strategies(sample: Sample) -> None:
    before = Reader(sample.directory)
    for entry in sample.manifest["files"]:
        if entry["feed"] == "trades" and "-corrections-" not in entry["file"]:
            before.load("trades", entry["file"])
    moved: Counter[str] = Counter()
    for key, row in sample.live["trades"].items():
        old = before.live["trades"][key]
        moved["day"] += row["closed_at"][:10] != old["closed_at"][:10]
        moved["month"] += row["closed_at"][:7] != old["closed_at"][:7]
        moved["strategy"] += row["strategy"] != old["strategy"]
        moved["exit_price"] += row["exit_price"] != old["exit_price"]
    assert all(moved[what] > 0 for what in ("day", "month", "strategy", "exit_price"))
    assert moved["day"] > moved["month"]


def test_late_rows_closed_long_before_the_rows_around_them(sample: Sample) -> None:
    closed = [row["closed_at"] for row in read_rows(sample.directory / "trades-late-0001.csv")]
    (entry,) = (e for e in sample.manifest["files"] if e["file"] == "trades-late-0001.csv")
    newest = sorted(instant(text) for text in closed)[-(entry["new"] - entry["late"]) :]
    older = [instant(text) for text in closed if instant(text) < newest[0] - dt.timedelta(days=7)]
    assert len(older) >= entry["late"] > 100


def test_main_files_follow_each_other_in_time(sample: Sample) -> None:
    spans = []
    for path in sorted(sample.directory.glob("trades-0*.csv")):
        rows = [row for row in read_rows(path) if not bad_columns("trades", row)]
        middle = sorted(row["closed_at"] for row in rows)[len(rows) // 2]
        spans.append(middle)
    assert len(spans) == 3
    assert spans == sorted(spans)


def test_prices_of_a_trade_agree(sample: Sample) -> None:
    with_stop = 0
    for row in sample.trades:
        entry, leave = Decimal(row["entry_price"]), Decimal(row["exit_price"])
        assert instant(row["opened_at"]) <= instant(row["closed_at"])
        if row["min_price"]:
            assert 0 < Decimal(row["min_price"]) <= min(entry, leave)
            assert Decimal(row["max_price"]) >= max(entry, leave)
        direction = 1 if row["side"] == "long" else -1
        if row["stop_price"]:
            with_stop += 1
            assert (entry - Decimal(row["stop_price"])) * direction > 0
        if row["target_price"]:
            assert (Decimal(row["target_price"]) - entry) * direction > 0
        if row["reported_pnl"]:
            assert Decimal(row["reported_pnl"]) == net_pnl(row)
            size = Decimal(row["quantity"]) * Decimal(row["contract_size"])
            margin = entry * size / Decimal(row["leverage"])
            stated = Decimal(row["reported_return"])
            assert abs(stated - net_pnl(row) / margin) < Decimal("0.0001")
    assert 0.3 < with_stop / len(sample.trades) < 0.7


def test_each_market_keeps_its_rules(sample: Sample) -> None:
    new_york = ZoneInfo("America/New_York")
    for row in sample.trades:
        if row["market"] == "cs2":
            assert Decimal(row["quantity"]) == 1
            assert row["venue_entry"] != row["venue_exit"]
        if row["market"] in ("cs2", "spot"):
            assert (row["side"], row["leverage"]) == ("long", "1")
        if row["market"] != "futures":
            assert Decimal(row["funding"]) == 0
        if row["market"] == "equities":
            for column in ("opened_at", "closed_at"):
                local = instant(row[column]).astimezone(new_york)
                assert local.weekday() < 5
                assert dt.time(9, 30) <= local.time() <= dt.time(16, 0)
                assert local.date().isoformat() not in (
                    "2025-12-25",
                    "2026-01-01",
                    "2026-01-19",
                    "2026-02-16",
                    "2026-04-03",
                )
    assert {row["account_id"] for row in sample.trades if row["market"] == "equities"} == {
        "acc-0002"
    }


def test_holidays_over_ten_years(tmp_path: Path) -> None:
    """A day of each kind that the New York exchanges kept closed, from their published lists."""
    write_sample(tmp_path, trades=60_000, days=3_650, accounts=2, prices=0, indicators=0)
    days = {
        row["closed_at"][:10]
        for path in tmp_path.glob("trades-*.csv")
        for row in read_rows(path)
        if row["market"] == "equities"
    }
    assert len(days) > 1_500
    closed = {
        "2017-01-02",
        "2018-05-28",
        "2019-04-19",
        "2020-07-03",
        "2021-11-25",
        "2022-12-26",
        "2023-06-19",
        "2024-03-29",
        "2024-09-02",
        "2025-01-20",
    }
    assert not days & closed
    assert days & {"2021-12-31", "2022-01-03", "2024-11-29", "2025-06-20"}


def test_clocks_change_within_the_range(sample: Sample) -> None:
    zones = {row["account_id"]: row["trading_zone"] for row in sample.live["accounts"].values()}
    offsets: dict[str, set[Any]] = {}
    days: dict[str, set[str]] = {}
    for row in sample.trades:
        zone = zones[row["account_id"]]
        local = instant(row["closed_at"]).astimezone(ZoneInfo(zone))
        offsets.setdefault(zone, set()).add(local.utcoffset())
        days.setdefault(zone, set()).add(local.date().isoformat())
    assert len(offsets["America/New_York"]) == 2
    assert len(offsets["Europe/Berlin"]) == 2
    assert "2026-03-08" in days["America/New_York"]
    assert "2026-03-29" in days["Europe/Berlin"]


def test_trades_have_a_daily_season(sample: Sample) -> None:
    hours = Counter(row["closed_at"][11:13] for row in sample.trades)
    assert len(hours) == 24
    assert hours["14"] > 3 * hours["02"]


def test_strategies_have_different_edges(sample: Sample) -> None:
    net = {k: float(v) for k, v in sample.manifest["totals"]["net_pnl_by_strategy"].items()}
    assert all(net[name] > 0 for name in ("trend_follow", "spread_flip", "dip_buyer"))
    assert all(net[name] < 0 for name in ("martingale", "hype_chase", "coin_flip", "gap_fade"))
    capital = {
        row["account_id"]: float(row["starting_equity"]) for row in sample.live["accounts"].values()
    }
    running = dict(capital)
    for row in sorted(sample.trades, key=lambda row: row["closed_at"]):
        running[row["account_id"]] += float(net_pnl(row))
        assert running[row["account_id"]] > 0.2 * capital[row["account_id"]]
