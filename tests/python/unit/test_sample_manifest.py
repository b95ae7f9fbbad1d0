"""The manifest of a sample: an independent count of its files confirms it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from python_loaders.sample import write_sample
from tests.python.unit.sample_reader import CONTRACTS, Sample, check_counts


@pytest.mark.parametrize(
    "options",
    [
        {"trades": 1, "accounts": 1, "days": 2, "prices": 0, "indicators": 0},
        {"trades": 37, "accounts": 3, "days": 5, "prices": 10, "indicators": 10},
        {"trades": 900, "accounts": 2, "days": 30, "prices": 100, "indicators": 0},
        {"trades": 900, "accounts": 12_000, "days": 2, "indicators": 0},
        {"trades": 3_000, "accounts": 13, "days": 400, "rows_per_file": 700, "prices": 900},
        {"trades": 1_500, "share_duplicates": 0.0, "share_late": 0.0, "share_bad": 0.0},
        {"trades": 4_000, "share_duplicates": 0.05, "share_late": 0.05, "share_corrections": 0.05},
    ],
)
def test_counts_at_other_sizes(tmp_path: Path, options: dict[str, Any]) -> None:
    manifest = write_sample(tmp_path, **{"prices": 0, "indicators": 500, **options})
    reader = check_counts(tmp_path, manifest)
    deleted = sum(entry["deletions"] for entry in manifest["files"] if entry["feed"] == "trades")
    assert len(reader.live["trades"]) == options["trades"] - deleted


def test_shares_of_zero_leave_nothing_out_of_the_ordinary(tmp_path: Path) -> None:
    manifest = write_sample(
        tmp_path,
        trades=1_000,
        prices=0,
        indicators=0,
        share_duplicates=0,
        share_late=0,
        share_corrections=0,
        share_bad=0,
    )
    entries = [entry for entry in manifest["files"] if entry["feed"] == "trades"]
    assert sum(entry["new"] for entry in entries) == 1_000
    assert sum(entry["rows"] for entry in entries) == 1_000


def test_columns_are_those_of_the_contracts(sample: Sample) -> None:
    for entry in sample.manifest["files"]:
        columns = [column["name"] for column in CONTRACTS[entry["feed"]]["columns"]]
        if "-corrections-" in entry["file"]:
            columns.append("_op")
        with (sample.directory / entry["file"]).open(encoding="utf-8", newline="") as stream:
            assert next(csv.reader(stream)) == columns, entry["file"]


@pytest.mark.parametrize("size", ["mini", "sample"])
def test_everything_is_present(size: str, request: pytest.FixtureRequest) -> None:
    sample: Sample = request.getfixturevalue(size)
    counted: Counter[tuple[str, str]] = Counter()
    for entry in sample.manifest["files"]:
        for kind, value in entry.items():
            if isinstance(value, int):
                counted[entry["feed"], kind] += value
        for reason, value in entry["bad"].items():
            counted[entry["feed"], reason] += value
    everywhere = ("new", "late", "duplicates_in_file", "duplicates_across")
    upserts = ("corrections", "deletions", "superseded_in_file")
    for feed in ("trades", "price_snapshots", "indicator_values"):
        kinds = [*everywhere, *sample.manifest["bad_columns"][feed]]
        kinds += [] if feed == "price_snapshots" else upserts
        assert [kind for kind in kinds if not counted[feed, kind]] == [], feed

    trades = sample.trades
    assert {row["market"] for row in trades} == {"spot", "futures", "equities", "cs2"}
    assert len({row["strategy"] for row in trades}) == 12
    assert {row["strategy_type"] for row in trades} == {"traditional", "ml", "hybrid", "unknown"}
    assert {row["side"] for row in trades} == {"long", "short"}
    assert all(sample.manifest["totals"]["trades_by_account"].values())
    assert any(Decimal(row["funding"]) for row in trades)
    assert any(Decimal(row["entry_fee"]) < 0 for row in trades)
    assert any(row["contract_size"] != "1" for row in trades)
    for column in ("stop_price", "target_price", "min_price", "reported_pnl", "attributes"):
        assert 0 < sum(row[column] != "" for row in trades) < len(trades), column
    assert len({row["tags"] for row in trades}) == 4
    accounts = list(sample.live["accounts"].values())
    assert {row["kind"] for row in accounts} == {"user", "bot", "agent", "backtest"}
    assert {row["trading_zone"] for row in accounts} == {
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Asia/Tokyo",
    }
    assert [row["periods_per_year"] for row in accounts].count("252") == 1
    venues: dict[str, set[str]] = {}
    for row in sample.live["price_snapshots"].values():
        venues.setdefault(row["symbol"], set()).add(row["venue"])
    assert {len(names) for names in venues.values()} == {3}
    indicators = {row["indicator_id"] for row in sample.live["indicator_values"].values()}
    assert {"RSI_14", "RSI_140", "EMA_20"} <= indicators


def test_manifest_on_disk_is_the_one_returned(sample: Sample) -> None:
    stored = json.loads((sample.directory / "manifest.json").read_text(encoding="utf-8"))
    assert stored == sample.manifest
    assert stored["complete"] is True
    listed = {entry["file"] for entry in stored["files"]}
    assert {path.name for path in sample.directory.iterdir()} == listed | {"manifest.json"}


def test_progress_names_every_file(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    manifest = write_sample(
        tmp_path,
        trades=50,
        prices=0,
        indicators=0,
        progress=lambda name, rows: seen.append((name, rows)),
    )
    assert seen == [(entry["file"], entry["rows"]) for entry in manifest["files"]]
