"""`tradehouse feeds`, `status` and `rejects`: what they print, as tables and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from python_loaders.cli import main
from tests.python.conftest import PROJECT, House, WriteCsv, trade

FEEDS = ["accounts", "book_snapshots", "candles", "cash_flows", "indicator_values",
         "price_snapshots", "quotes", "signals", "ticks", "trades"]  # fmt: skip


def test_feeds_are_listed_with_their_formats(house: House) -> None:
    rows = {row["feed"]: row for row in house.run("feeds", "--json").rows}
    assert sorted(rows) == FEEDS
    assert rows["trades"]["formats"] == [
        "csv", "jsonl", "parquet", "feather", "backtesting_py", "freqtrade_backtest",
    ]  # fmt: skip
    assert rows["trades"]["key"] == ["account_id", "trade_id"]
    text = house.run("feeds").out
    assert all(feed in text for feed in FEEDS)
    assert "steam_prices" in text


def test_one_feed_is_described(house: House) -> None:
    text = house.run("feeds", "trades").out
    for words in (
        "trades (upsert): One row per version",
        "key account_id, trade_id; event time closed_at; by month",
        "backtesting_py",
        "required",
        "default 'unknown'",
    ):
        assert words in text
    (feed,) = house.run("feeds", "trades", "--json").rows
    columns = {column["name"]: column for column in feed["columns"]}
    assert columns["entry_price"] == {
        "name": "entry_price", "type": "Decimal(38, 12)", "required": True, "default": None,
        "description": "Average entry price in the quote currency.",
    }  # fmt: skip
    assert (columns["stop_price"]["required"], columns["leverage"]["default"]) == (False, "1")


def test_feeds_need_no_warehouse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feeds", "--project-dir", str(PROJECT), "--profiles-dir", str(tmp_path)]) == 0
    assert "price_snapshots" in capsys.readouterr().out


def test_status(house: House, write_csv: WriteCsv) -> None:
    before = {row["feed"]: row for row in house.run("status", "--json").rows}
    assert sorted(before) == FEEDS
    nothing: dict[str, Any] = {
        "rows": 0, "last_batch": None, "event_time_min": None, "freshness_s": None, "batches": [],
    }  # fmt: skip
    assert {name: before["trades"][name] for name in nothing} == nothing
    good = [trade(trade_id=f"t{number}") for number in range(200)]
    path = write_csv([*good, good[0], trade(side="up")])
    house.load("trades", path)
    house.load("trades", write_csv([trade(trade_id="t0", quantity="3")], "more.csv"))
    status = next(r for r in house.run("status", "--json").rows if r["feed"] == "trades")
    expected = {
        "rows": 200, "batches_done": 2, "batches_open": 0, "last_batch": "trades-000002",
        "read": 203, "landed": 201, "duplicates": 1, "rejected": 1,
        "event_time_min": "2026-01-05T11:00:00+00:00",
        "event_time_max": "2026-01-05T11:00:00+00:00",
    }  # fmt: skip
    assert {name: status[name] for name in expected} == expected
    assert status["freshness_s"] > 0
    first, second = status["batches"]
    assert (first["source"], first["status"], first["format"]) == (str(path), "done", "csv")
    assert (second["landed"], second["corrected"]) == (1, 1)
    text = house.run("status").out
    assert "trades-000002" in text
    assert text.splitlines()[0].split()[:4] == ["feed", "rows", "read", "landed"]


def test_rejects_are_the_newest_up_to_a_limit(house: House, write_csv: WriteCsv) -> None:
    assert house.run("rejects", "trades", "--json").rows == []
    for name in ("a.csv", "b.csv"):
        rows = [trade(side=f"{name}{number}") for number in range(3)]
        house.run("load", "trades", write_csv(rows, name))
    rejects = house.run("rejects", "trades", "--limit", "4", "--json").rows
    assert [(Path(r["source"]).name, r["row"]) for r in rejects] == [
        ("b.csv", 1), ("b.csv", 2), ("b.csv", 3), ("a.csv", 1),
    ]  # fmt: skip
    assert json.loads(rejects[0]["record"])["trade_id"] == "t1"
    assert rejects[0]["rejected_at"].endswith("+00:00")
    assert house.run("rejects", "accounts", "--json").rows == []
