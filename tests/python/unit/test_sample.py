"""`write_sample`: the same bytes everywhere, and a manifest that an independent count confirms."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from python_loaders.errors import ConfigurationError
from python_loaders.sample import write_sample

PROJECT = Path(__file__).parents[3]
Row = dict[str, str]


def read_contracts() -> dict[str, dict[str, Any]]:
    """The tables of the contracts by feed, as the YAML has them."""
    contracts = {}
    for path in (PROJECT / "models" / "staging").glob("*/_*__sources.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                contracts[table["name"]] = table
    return contracts


CONTRACTS = read_contracts()
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z")


def key_columns(feed: str) -> list[str]:
    return list(CONTRACTS[feed]["config"]["meta"]["feed"]["key"])


def read_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def instant(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def is_valid(text: str, column: dict[str, Any]) -> bool:
    """Whether one text fits its column; written from the contract, not from the generator."""
    data_type = column["data_type"]
    meta = column.get("config", {}).get("meta", {})
    if text == "":
        return "default" in meta or data_type.startswith("Nullable")
    if "accepted" in meta and text not in meta["accepted"]:
        return False
    if "DateTime64" in data_type:
        if not INSTANT.fullmatch(text):
            return False
        try:
            instant(text)
        except ValueError:
            return False
    if "Decimal" in data_type or "Int" in data_type or "Float" in data_type:
        try:
            value = Decimal(text)
        except InvalidOperation:
            return False
        if not NUMBER.fullmatch(text) or not math.isfinite(value):
            return False
        if "Int" in data_type and value != int(value):
            return False
        if "above" in meta and not value > meta["above"]:
            return False
        if not meta.get("min", -math.inf) <= value <= meta.get("max", math.inf):
            return False
    if meta.get("json") or data_type.startswith("Array"):
        try:
            json.loads(text)
        except ValueError:
            return False
    return True


def bad_columns(feed: str, row: Row) -> set[str]:
    if row.get("_op") == "delete":
        return {name for name in key_columns(feed) if row[name] == ""}
    bad = {
        column["name"]
        for column in CONTRACTS[feed]["columns"]
        if not is_valid(row[column["name"]], column)
    }
    if feed == "trades" and not bad and instant(row["closed_at"]) < instant(row["opened_at"]):
        bad.add("closed_at")
    return bad


@dataclass
class Count:
    """What one file holds, found by reading it after the files before it."""

    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)


class Reader:
    """A loader in thirty lines: rejects, last row of a key, duplicate, correction, deletion."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.live: dict[str, dict[tuple[str, ...], Row]] = {}

    def load(self, feed: str, name: str) -> Count:
        count = Count()
        live = self.live.setdefault(feed, {})
        keys = key_columns(feed)
        pending: dict[tuple[str, ...], Row] = {}
        for row in read_rows(self.directory / name):
            count.rows += 1
            wrong = bad_columns(feed, row)
            if wrong:
                assert len(wrong) == 1, (row, wrong)
                count.bad[wrong.pop()] += 1
                continue
            key = tuple(row[column] for column in keys)
            content = {k: v for k, v in row.items() if k != "_op"}
            deletes = row.get("_op") == "delete"
            if live.get(key) == content and not deletes:
                count.kinds["duplicates_across"] += 1
                continue
            if key in pending:
                same = pending[key] == row
                count.kinds["duplicates_in_file" if same else "superseded_in_file"] += 1
            pending[key] = row
        for key, row in pending.items():
            content = {k: v for k, v in row.items() if k != "_op"}
            if row.get("_op") == "delete":
                del live[key]
                count.kinds["deletions"] += 1
                continue
            if key in live:
                without_version = {k: v for k, v in content.items() if k != "version"}
                assert {**without_version, "version": live[key].get("version")} != {
                    **live[key],
                    "version": live[key].get("version"),
                }, "a correction changes more than its version"
                assert int(content.get("version") or 1) >= int(live[key].get("version") or 0)
            count.kinds["corrections" if key in live else "new"] += 1
            live[key] = content
        return count


def net_pnl(row: Row) -> Decimal:
    direction = 1 if row["side"] == "long" else -1
    move = (Decimal(row["exit_price"]) - Decimal(row["entry_price"])) * direction
    gross = move * Decimal(row["quantity"]) * Decimal(row["contract_size"])
    return gross - Decimal(row["entry_fee"]) - Decimal(row["exit_fee"]) + Decimal(row["funding"])


def check_counts(directory: Path, manifest: dict[str, Any]) -> Reader:
    """Load every file in manifest order and compare each count; return what is live."""
    reader = Reader(directory)
    kinds = (
        "new",
        "corrections",
        "deletions",
        "duplicates_in_file",
        "duplicates_across",
        "superseded_in_file",
    )
    for entry in manifest["files"]:
        count = reader.load(entry["feed"], entry["file"])
        assert entry["rows"] == count.rows, entry["file"]
        assert {kind: entry[kind] for kind in kinds} == {
            kind: count.kinds[kind] for kind in kinds
        }, entry["file"]
        expected: Counter[str] = Counter()
        for reason, rows in entry["bad"].items():
            expected[manifest["bad_columns"][entry["feed"]][reason]] += rows
        assert +expected == count.bad, entry["file"]
        assert entry["rejected"] == sum(count.bad.values())
        assert entry["rows"] == entry["landed"] + entry["duplicates"] + entry["rejected"]
        assert entry["rejected"] < 0.01 * entry["rows"]
        assert entry["bytes"] == (directory / entry["file"]).stat().st_size

    totals = manifest["totals"]
    assert totals["live_rows"] == {feed: len(rows) for feed, rows in reader.live.items()}
    assert totals["rows"] == sum(entry["rows"] for entry in manifest["files"])
    for column, name in (("account_id", "account"), ("strategy", "strategy")):
        trades: Counter[str] = Counter()
        net: dict[str, Decimal] = {}
        for row in reader.live["trades"].values():
            trades[row[column]] += 1
            net[row[column]] = net.get(row[column], Decimal(0)) + net_pnl(row)
        assert {k: v for k, v in totals[f"trades_by_{name}"].items() if v} == trades
        stated = {k: Decimal(v) for k, v in totals[f"net_pnl_by_{name}"].items()}
        assert {k: v for k, v in stated.items() if k in net} == net
        assert not any(v for k, v in stated.items() if k not in net)
    return reader


def digest(directory: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.iterdir())
    }


@dataclass
class Sample:
    directory: Path
    manifest: dict[str, Any]
    live: dict[str, dict[tuple[str, ...], Row]]

    @property
    def trades(self) -> list[Row]:
        return list(self.live["trades"].values())


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """12,000 trades, every file read and every count of the manifest confirmed."""
    directory = tmp_path_factory.mktemp("sample")
    manifest = write_sample(directory, trades=12_000, prices=3_000, indicators=3_000, seed=7)
    return Sample(directory, manifest, check_counts(directory, manifest).live)


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    directory = tmp_path_factory.mktemp("mini")
    manifest = write_sample(directory, trades=1_000, prices=1_000, indicators=1_000)
    return Sample(directory, manifest, check_counts(directory, manifest).live)


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


def test_same_bytes_again_and_with_another_number_of_threads(
    tmp_path: Path, sample: Sample
) -> None:
    expected = digest(sample.directory)
    for name, threads in (("one", 1), ("two", 2)):
        directory = tmp_path / name
        options = {"trades": 12_000, "prices": 3_000, "indicators": 3_000, "seed": 7}
        write_sample(directory, **options, threads=threads)
        assert digest(directory) == expected
    write_sample(tmp_path / "two", **options)
    assert digest(tmp_path / "two") == expected


def test_bytes_are_those_of_every_engine_version(tmp_path: Path) -> None:
    """The digest was printed by DuckDB 1.5.6 and 2.0.0; a change here changes every sample."""
    write_sample(tmp_path, trades=2_000, prices=500, indicators=500, seed=42)
    manifest = digest(tmp_path)
    whole = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    assert whole == "2c8ff355afaf89d04b839f74e61c390f1302774eb867bce3e0d457c02c6459a2"


def test_another_seed_gives_other_rows(tmp_path: Path, mini: Sample) -> None:
    manifest = write_sample(tmp_path, trades=1_000, prices=1_000, indicators=1_000, seed=2)
    here, there = digest(tmp_path), digest(mini.directory)
    for entry in manifest["files"]:
        if entry["feed"] != "accounts":
            assert here[entry["file"]] != there[entry["file"]], entry["file"]


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


def test_a_smaller_sample_removes_the_files_of_a_larger_one_alone(tmp_path: Path) -> None:
    options: dict[str, Any] = {"prices": 0, "indicators": 0}
    write_sample(tmp_path, trades=3_000, rows_per_file=500, **options)
    assert (tmp_path / "trades-0006.csv").exists()
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "trades-9999.csv").write_text("mine")
    write_sample(tmp_path, trades=300, **options)
    assert sorted(path.name for path in tmp_path.glob("trades-[0-9]*")) == [
        "trades-0001.csv",
        "trades-0002.csv",
        "trades-0003.csv",
        "trades-9999.csv",
    ]
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "trades-9999.csv").read_text() == "mine"


def test_a_file_of_someone_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"accounts\.csv exists and no sample manifest"):
        write_sample(tmp_path, trades=10)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"accounts.csv": "mine"}


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"generator": "other", "files": []}', '{"generator": 3}']
)
def test_a_manifest_of_someone_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ConfigurationError, match="was not written by `tradehouse sample`"):
        write_sample(tmp_path, trades=10)
    assert (tmp_path / "manifest.json").read_text() == text


def test_a_manifest_cannot_point_outside_its_directory(tmp_path: Path) -> None:
    outside = tmp_path / "keep.csv"
    outside.write_text("mine")
    inside = tmp_path / "sample"
    inside.mkdir()
    claim = {"generator": "tradehouse sample", "files": [{"file": "../keep.csv"}]}
    (inside / "manifest.json").write_text(json.dumps(claim))
    write_sample(inside, trades=10, prices=0, indicators=0)
    assert outside.read_text() == "mine"


def test_a_killed_run_can_be_repeated(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def stop(name: str, rows: int) -> None:
        if name == "trades-0002.csv":
            raise Killed

    options: dict[str, Any] = {"trades": 500, "prices": 0, "indicators": 0}
    with pytest.raises(Killed):
        write_sample(tmp_path / "killed", progress=stop, **options)
    assert json.loads((tmp_path / "killed/manifest.json").read_text())["complete"] is False
    write_sample(tmp_path / "killed", **options)
    write_sample(tmp_path / "whole", **options)
    assert digest(tmp_path / "killed") == digest(tmp_path / "whole")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"days": 1}, "--days 1 is out of range; give a number from 2 to 3650"),
        ({"accounts": 0}, "--accounts 0 is out of range; give a number from 1 to 1000000"),
        ({"trades": 100_000_001}, "--trades 100000001 is out of range; give a number from 1 to "),
        ({"prices": -1}, "prices -1 is out of range; give a number from 0 to 100000000"),
        ({"indicators": -1}, "indicators -1 is out of range"),
        ({"share_late": 0.06}, "share_late 0.06 is out of range; give a share from 0 to 0.05"),
        ({"share_bad": -0.1}, "share_bad -0.1 is out of range"),
        ({"rows_per_file": 0}, "rows_per_file 0 is out of range; give a number from 1"),
    ],
)
def test_arguments_out_of_range(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        write_sample(tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()


def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    """Files four times as long peak at about the same memory, since their rows are streamed."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from python_loaders.sample import write_sample\n"
        "write_sample(Path(sys.argv[1]), trades=int(sys.argv[2]), prices=0, indicators=0,\n"
        "    threads=1)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    peaks = []
    for trades in (100_000, 400_000):
        result = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / str(trades)), str(trades)],
            cwd=PROJECT,
            check=True,
            capture_output=True,
            text=True,
        )
        peaks.append(int(result.stdout))
    assert peaks[1] < 1.3 * peaks[0], peaks
