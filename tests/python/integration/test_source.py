"""The opener through the command line: every kind, packed or not, gives the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from python_loaders.contract import Feed
from tests.python.conftest import House, trade

OPENED = datetime(2026, 1, 5, 10, 0, tzinfo=timezone.utc)
EMPTY: dict[str, Any] = {
    "agent_id": "", "strategy_type": "unknown", "venue_entry": "", "venue_exit": "",
    "leverage": Decimal("1"), "contract_size": Decimal("1"), "entry_fee": Decimal("0"),
    "exit_fee": Decimal("0"), "funding": Decimal("0"), "fee_currency": "", "entry_reason": "",
    "exit_reason": "", "stop_price": None, "target_price": None, "min_price": None,
    "max_price": None, "execution_ms": None, "reported_pnl": None, "reported_return": None,
    "version": None, "tags": [], "attributes": "",
}  # fmt: skip
PLAIN: dict[str, Any] = {
    **EMPTY, "trade_id": "t1", "account_id": "a", "symbol": "BTC/USDT", "market": "spot",
    "strategy": "s", "side": "long", "entry_price": Decimal("100"), "exit_price": Decimal("110"),
    "quantity": Decimal("2"), "quote_currency": "USDT", "opened_at": OPENED,
    "closed_at": OPENED + timedelta(hours=1),
}  # fmt: skip
FULL: dict[str, Any] = {
    **PLAIN, "trade_id": 'é"1,\n2\r\n3', "agent_id": "ag", "strategy_type": "ml",
    "side": "short", "venue_entry": "v", "venue_exit": "w",
    "entry_price": Decimal("123456789012345.123456789012"),
    "exit_price": Decimal("0.000000000001"), "quantity": Decimal("0.001"),
    "leverage": Decimal("12.3456"), "contract_size": Decimal("10.5"),
    "entry_fee": Decimal("-0.1"), "exit_fee": Decimal("12345.678901234567"),
    "funding": Decimal("-1.5"), "fee_currency": "BNB", "closed_at": OPENED.replace(microsecond=1),
    "entry_reason": " padded ", "exit_reason": "日本", "stop_price": Decimal("1"),
    "target_price": Decimal("2.000000000003"), "min_price": Decimal("0"),
    "max_price": Decimal("999999999999999"), "execution_ms": 4294967295,
    "reported_pnl": Decimal("-0.000000000001"), "reported_return": -0.1234567890123456,
    "version": 18446744073709551615, "tags": ["a,b", '"q"', "é", ""],
    "attributes": '{"a": [1, "b\\n"], "c": null}',
}  # fmt: skip
ROWS = [PLAIN, FULL, {**FULL, "trade_id": "t3", "tags": [], "stop_price": None, "version": None}]
NAMES = list(PLAIN)

TYPES: dict[str, pa.DataType] = {
    **{name: pa.decimal128(38, 12) for name, value in FULL.items() if isinstance(value, Decimal)},
    "leverage": pa.decimal128(9, 4), "execution_ms": pa.uint32(), "version": pa.uint64(),
    "reported_return": pa.float64(), "tags": pa.list_(pa.string()),
    "opened_at": pa.timestamp("ns", "America/New_York"), "closed_at": pa.timestamp("us", "UTC"),
    "symbol": pa.dictionary(pa.int32(), pa.string()),
}  # fmt: skip
TYPED = pa.table(
    {name: pa.array([row[name] for row in ROWS], TYPES.get(name, pa.string())) for name in NAMES}
)


def text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([text(value) for value in row.values()] for row in rows)
    return buffer.getvalue().encode()


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    """One object a line; numbers stay numbers, with all their digits."""
    lines = []
    for row in rows:
        fields = []
        for name, value in row.items():
            if isinstance(value, Decimal):
                literal = format(value, "f")
            elif isinstance(value, datetime):
                literal = json.dumps(value.isoformat())
            else:
                literal = json.dumps(value, ensure_ascii=False)
            fields.append(f'"{name}": {literal}')
        lines.append("{" + ", ".join(fields) + "}\n")
    return "".join(lines).encode()


def as_parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, row_group_size=2)
    return buffer.getvalue()


def as_feather(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.feather.write_feather(table, buffer)
    return buffer.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: as_csv(ROWS),
    "jsonl": lambda: as_jsonl(ROWS),
    "parquet": lambda: as_parquet(TYPED),
    "feather": lambda: as_feather(TYPED),
}


def packed(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data)
    if suffix == ".zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folder/", b"")
            archive.writestr("folder/rows", data)
        return buffer.getvalue()
    return data


def test_every_canonical_kind_gives_the_same_rows(
    house: House, tmp_path: Path, feeds: dict[str, Feed]
) -> None:
    assert set(NAMES) == set(feeds["trades"].column_names)
    files = []
    for kind, data in KINDS.items():
        for suffix in ("", ".gz", ".zip"):
            files.append(tmp_path / f"trades.{kind}{suffix}")
            files[-1].write_bytes(packed(data(), suffix))
    loaded = house.run("load", "trades", *files, "--json").rows
    assert (loaded[0]["landed"], loaded[0]["rounded"]) == (3, 0)
    # the same content hash, so the same value in every column
    for row in loaded[1:]:
        found = (row["landed"], row["duplicates"], row["rejected"], row["rounded"])
        assert found == (0, 3, 0, 0), row["source"]
    with house.open() as warehouse:
        landed = warehouse.rows(
            f"select {', '.join(NAMES)} from {warehouse.name('trades')} order by _row"
        )
    for row in landed:
        for name in ("opened_at", "closed_at"):
            row[name] = row[name].replace(tzinfo=timezone.utc)
    assert landed == ROWS


def test_columns_of_text_are_read_like_typed_ones(house: House, tmp_path: Path) -> None:
    texts = pa.table({name: [text(row[name]) for row in ROWS] for name in NAMES})
    path = tmp_path / "typed.parquet"
    path.write_bytes(as_parquet(TYPED))
    house.load("trades", path)
    for kind, data in (("parquet", as_parquet(texts)), ("feather", as_feather(texts))):
        path = tmp_path / f"texts.{kind}"
        path.write_bytes(data)
        assert house.load("trades", path)["duplicates"] == 3


def test_a_nested_column_lands_as_its_json(house: House, tmp_path: Path) -> None:
    rows = [{**PLAIN, "attributes": {"a": 1, "b": ["x"]}}]
    (tmp_path / "f.jsonl").write_bytes(as_jsonl(rows))
    house.load("trades", tmp_path / "f.jsonl")
    table = pa.table({name: pa.array([rows[0][name]], TYPES.get(name)) for name in NAMES})
    (tmp_path / "f.parquet").write_bytes(as_parquet(table))
    assert house.load("trades", tmp_path / "f.parquet")["duplicates"] == 1
    assert house.query("select attributes from raw.trades") == [{"attributes": '{"a":1,"b":["x"]}'}]


def test_a_json_number_keeps_its_digits(house: House, tmp_path: Path) -> None:
    """A number goes through no double: it is rounded to twelve decimals, not to 17 digits."""
    numbers = {"-12345678901234.567890123456": 1, "1234567.8901234567": 1, "0.1": 1,
               "12345678901234567890123.5e-14": 1, "1e-3": 1, "123456789012345678": 1,
               "99999999999999.9999999999995": 1}  # fmt: skip
    flow = '{{"account_id": "a \\"1.23456789012345678901,", "flow_id": "{0}", "amount": {1}, '
    rest = '"at": "2026-01-01T00:00:00Z", "currency": "USD"}}\n'
    path = tmp_path / "flows.jsonl"
    lines = [(flow + rest).format(n, number) for n, number in enumerate(numbers)]
    path.write_bytes(b"\xef\xbb\xbf" + "".join(lines).encode())
    loaded = house.load("cash_flows", path)
    assert (loaded["landed"], loaded["rounded"]) == (len(numbers), 2)
    landed = house.query(
        "select account_id, toString(amount) as a from raw.cash_flows order by _row"
    )
    assert [row["a"] for row in landed] == [
        "-12345678901234.567890123456", "1234567.8901234567", "0.1", "123456789.012345678901",
        "0.001", "123456789012345678", "100000000000000",
    ]  # fmt: skip
    assert {row["account_id"] for row in landed} == {'a "1.23456789012345678901,'}


@pytest.mark.parametrize(
    "name",
    [
        "a[1]*?.csv",
        "with space é 日本.csv",
        "quo'te\".csv",
        "{a,b}.jsonl",
        "UPPER.CSV",
        "p[0-9]*.parquet",
    ],
)
def test_file_names_are_literal(house: House, tmp_path: Path, name: str) -> None:
    kind = Path(name).suffix[1:].lower()
    other = trade(trade_id="other")
    for decoy in ("a1b.csv", "a1.csv", "p1.parquet"):
        (tmp_path / decoy).write_bytes(as_csv([other]))
    (tmp_path / name).write_bytes(KINDS[kind]())
    loaded = house.load("trades", tmp_path / name)
    assert loaded["landed"] == 3
    assert loaded["source"] == str(tmp_path / name)


def test_a_byte_order_mark_and_line_ends(house: House, tmp_path: Path) -> None:
    data = as_csv([PLAIN, {**PLAIN, "trade_id": "t2"}])
    variants = {
        "plain": data,
        "bom": b"\xef\xbb\xbf" + data,
        "crlf": data.replace(b"\n", b"\r\n"),
        "bom and crlf": b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
        "no last line end": data.rstrip(b"\n"),
        "blank lines": data.replace(b"\n", b"\n\n"),
        "every field quoted": b"\n".join(
            b",".join(b'"' + f.strip(b'"') + b'"' for f in line.split(b","))
            for line in data.splitlines()
        ),
    }
    for name, content in variants.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    paths = [tmp_path / f"{name}.csv" for name in variants]
    loaded = house.run("load", "trades", *paths, "--json").rows
    found = [(row["read"], row["landed"], row["duplicates"]) for row in loaded]
    assert found == [(2, 2, 0)] + (len(variants) - 1) * [(2, 0, 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_column(house: House, tmp_path: Path, kind: str) -> None:
    """``--set`` gives a missing column, and overrides one that is there."""
    rows = [{name: value for name, value in row.items() if name != "strategy"} for row in ROWS]
    table = TYPED.drop_columns(["strategy"])
    without = {"csv": as_csv(rows), "jsonl": as_jsonl(rows), "parquet": as_parquet(table),
               "feather": as_feather(table)}[kind]  # fmt: skip
    path = tmp_path / f"f.{kind}"
    path.write_bytes(without)
    assert house.run("load", "trades", path).code == 3
    house.load("trades", path, "--set", 'strategy=it\'s="x"', "--set", "market=other")
    assert house.query(
        "select distinct strategy, market, count() as n from raw.trades group by all"
    ) == [{"strategy": 'it\'s="x"', "market": "other", "n": 3}]
    # another constant is another source
    again = house.load("trades", path, "--set", "strategy=s", "--set", "fee_currency=")
    assert (again["landed"], again["corrected"]) == (3, 3)


@pytest.mark.parametrize("kind", [*KINDS, "csv of exponents"])
def test_row_numbers_count_over_batches(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("python_loaders.checking.CHUNK_ROWS", 2048)
    rows = [
        trade(trade_id=f"t{n}", quantity=str(n), entry_reason="two\nlines") for n in range(1, 7001)
    ]
    for bad in (1, 2049, 5000, 7000):
        rows[bad - 1]["side"] = "up"
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    writers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: as_csv(rows),
        "jsonl": lambda: as_jsonl(rows),
        "parquet": lambda: as_parquet(table),
        "feather": lambda: as_feather(table),
    }
    if kind == "csv of exponents":
        # no row is of usual text, so all of them go the long way
        rows = [{**row, "quantity": f"{row['quantity']}0e-1"} for row in rows]
        kind = "csv"
    data = writers[kind]()
    path = tmp_path / f"f.{kind}"
    path.write_bytes(data)
    loaded = house.load("trades", path)
    assert (loaded["read"], loaded["landed"], loaded["rejected"]) == (7000, 6996, 4)
    rejects = house.run("rejects", "trades", "--json").rows
    assert [row["row"] for row in rejects] == [1, 2049, 5000, 7000]
    assert house.query(
        "select count() as n, uniqExact(_row) as different from raw.trades where _row = quantity"
    ) == [{"n": 6996, "different": 6996}]


def test_a_header_field_may_hold_a_line_end(house: House, tmp_path: Path) -> None:
    """It is no column of the feed, and the message stays one line."""
    (tmp_path / "f.csv").write_bytes(as_csv([{**trade(), "a\nb": "1"}]))
    answer = house.run("load", "trades", tmp_path / "f.csv")
    assert (answer.code, answer.err.count("\n")) == (3, 1)
    assert "unknown column 'a\\nb'" in answer.err


def test_the_same_bytes_under_another_name_landed_before(house: House, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(as_csv(ROWS))
    house.load("trades", tmp_path / "a.csv")
    assert house.load("trades", tmp_path / "b.csv")["repeated"] is True
