"""What the files of a sample hold, found by reading them and the contracts alone."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from tests.python.conftest import PROJECT

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
    """A sample on disk, its manifest, and the rows that are live once every file is loaded."""

    directory: Path
    manifest: dict[str, Any]
    live: dict[str, dict[tuple[str, ...], Row]]

    @property
    def trades(self) -> list[Row]:
        return list(self.live["trades"].values())
