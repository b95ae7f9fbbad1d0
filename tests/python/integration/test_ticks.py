"""The feed ticks: prints with a name and without, repeated and overlapping files, the formats."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from tests.python.conftest import House, WriteCsv
from tests.python.integration.conftest import refused

COUNTS = ("read", "landed", "duplicates", "rejected")


def tick(**changes: str) -> dict[str, str]:
    return {"symbol": "BTC/USDT", "market": "spot", "venue": "v", "ts": "2024-01-01T10:00:00Z",
            "seq": "1", "trade_ref": "1", "price": "100.5", "quantity": "2", "aggressor": "buy",
            **changes}  # fmt: skip


def counts(loaded: dict[str, Any]) -> tuple[int, ...]:
    return tuple(loaded[name] for name in COUNTS)


def ticks(house: House) -> list[tuple[Any, ...]]:
    rows = house.query(
        "select trade_ref, seq, toString(price) as price, toString(quantity) as quantity, "
        "aggressor, toString(ts) as at from raw.ticks order by ts, seq, price, quantity"
    )
    return [tuple(row.values()) for row in rows]


def test_a_print_with_a_name_lands_once(house: House, write_csv: WriteCsv) -> None:
    """By its name within a day: repeated in the file, in another file, on another symbol or day."""
    prints = [tick(seq=str(n), trade_ref=f"t{n}") for n in range(4)]
    first = write_csv([prints[0], prints[1], prints[0], tick(symbol="X", trade_ref="t0")])
    assert counts(house.load("ticks", first)) == (4, 3, 1, 0)
    again = write_csv([prints[3], prints[2], prints[1]], "overlapping.csv")
    assert counts(house.load("ticks", again)) == (3, 2, 1, 0)
    next_day = write_csv([tick(trade_ref="t1", ts="2024-01-02T10:00:00Z")], "next.csv")
    assert counts(house.load("ticks", next_day)) == (1, 1, 0, 0)
    assert house.load("ticks", first)["repeated"]
    assert house.query("select count() as n from raw.ticks")[0]["n"] == 6


def test_a_name_with_other_content_is_rejected(house: House, write_csv: WriteCsv) -> None:
    first = write_csv([tick(), tick(trade_ref="2"), tick(trade_ref="2", price="7")])
    assert counts(house.load("ticks", first, "--max-reject-rate", "0.5")) == (3, 2, 0, 1)
    # of another instant of the day as well
    rows = [tick(ts="2024-01-01T23:00:00Z"), tick(trade_ref="3"), tick(trade_ref="3")]
    other = write_csv(rows, "other.csv")
    assert counts(house.load("ticks", other, "--max-reject-rate", "0.5")) == (3, 1, 1, 1)
    rejects = house.run("rejects", "ticks", "--json").rows
    assert {(row["row"], row["value"], row["reason"]) for row in rejects} == {
        (3, "spot, v, BTC/USDT, 2", "same key, other content"),
        (1, "spot, v, BTC/USDT, 1", "same key, other content"),
    }


def test_prints_without_a_name_are_counted(house: House, write_csv: WriteCsv) -> None:
    """Two alike stay two; an overlapping file adds what is more of them, in any order."""

    def prints(*quantities: str) -> list[dict[str, str]]:
        return [tick(trade_ref="", seq="", quantity=quantity) for quantity in quantities]

    assert counts(house.load("ticks", write_csv(prints("1", "1", "2"), "a.csv"))) == (3, 3, 0, 0)
    assert counts(house.load("ticks", write_csv(prints("2", "1", "1"), "b.csv"))) == (3, 0, 3, 0)
    more = write_csv(prints("1", "3", "1", "1", "3"), "c.csv")
    assert counts(house.load("ticks", more)) == (5, 3, 2, 0)
    # the same content in another spelling, and a print beside it that has a name
    spelt = [tick(trade_ref="", seq="0", quantity="2.000", price="100.50"), tick()]
    assert counts(house.load("ticks", write_csv(spelt, "d.csv"))) == (2, 1, 1, 0)
    assert [row[3] for row in ticks(house) if row[0] == ""] == ["1", "1", "1", "2", "3", "3"]


def test_an_open_batch_is_finished_once(house: House, write_csv: WriteCsv) -> None:
    """A loader that died after it had attached some days."""
    days = [tick(ts=f"2024-01-0{day}T10:00:00Z", trade_ref=str(day)) for day in (1, 2, 3)]
    house.load("ticks", write_csv(days))
    with house.open() as warehouse:
        raw = warehouse.database
        warehouse.command(f"create table {raw}._stage_ticks as {raw}.ticks")
        warehouse.command(f"insert into {raw}._stage_ticks select * from {raw}.ticks")
        warehouse.command(f"create table {raw}._stage_rejects_ticks as {raw}._rejects")
        warehouse.command(f"alter table {raw}.ticks delete where trade_ref = '2'")
        warehouse.command(
            f"insert into {raw}._batches select * replace(revision + 1 as revision, "
            f"'staged' as status) from {raw}._batches order by revision desc limit 1"
        )
    again = write_csv([*days, tick(ts="2024-01-04T10:00:00Z")], "more.csv")
    assert counts(house.load("ticks", again)) == (4, 1, 3, 0)
    assert [row[0] for row in ticks(house)] == ["1", "2", "3", "1"]


BAD = {
    "price": {"0": "not above 0", "-1": "not above 0", "nan": "not a number"},
    "quantity": {"-0.1": "below 0", "1e14": "notional too large"},
    "aggressor": {"BUY": "not one of buy, sell, unknown"},
    "ts": {"2024-02-30T00:00:00Z": "not a time", "1704103200": "not a time"},
    "seq": {"-1": "not a whole number that fits UInt64"},
}


def test_bad_ticks_are_set_aside(house: House, write_csv: WriteCsv) -> None:
    rows, expected = [], []
    for column, values in BAD.items():
        for value, reason in values.items():
            price = {"price": "10000000"} if value == "1e14" else {}
            rows.append(tick(trade_ref=f"bad{len(rows)}", **{**price, column: value}))
            expected.append((column, reason))
    good = [tick(trade_ref=str(n)) for n in range(len(rows))]
    loaded = house.load("ticks", write_csv([*good, *rows]), "--max-reject-rate", "0.5")
    assert counts(loaded) == (2 * len(rows), len(rows), 0, len(rows))
    rejects = house.run("rejects", "ticks", "--json").rows
    found = [(row["column"], row["reason"]) for row in sorted(rejects, key=lambda row: row["row"])]
    assert found == expected


Maker = Callable[[Path], Path]


def test_canonical_ticks_in_every_format(house: House, tmp_path: Path) -> None:
    """Each file repeats the print before it and adds one."""
    rows = [tick(seq=str(n), trade_ref=str(n)) for n in range(5)]

    def table(n: int) -> pa.Table:
        return pa.Table.from_pylist(rows[n : n + 2])

    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows[:2])]
    (tmp_path / "0.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (tmp_path / "1.jsonl").write_text("\n".join(json.dumps(row) for row in rows[1:3]))
    pyarrow.parquet.write_table(table(2), tmp_path / "2.parquet")
    pyarrow.feather.write_feather(table(3), tmp_path / "3.feather")
    found = [counts(house.load("ticks", path)) for path in sorted(tmp_path.iterdir())]
    assert found == [(2, 2, 0, 0), (2, 1, 1, 0), (2, 1, 1, 0), (2, 1, 1, 0)]


def test_binance_trades(house: House, tmp_path: Path) -> None:
    """Dumps of spot (no header; ms, then us), of futures (header), aggregated, and a table."""
    dumps = {
        "spot.csv": "1,100.1,2.5,250.25,1704103200123,True,True\n"
        "2,100.2,1,100.2,1704103200123,False,True\n",
        "spot-2025.csv": "3,100.3,1,100.3,1736000000123456,true,true\n",
        "um.csv": "id,price,qty,quote_qty,time,is_buyer_maker\n"
        "4,100.4,1,100.4,1704103200124,false\n",
        "agg.csv": "5,100.5,1,11,12,1704103200125,true,true\n",
    }  # fmt: skip
    command = ("--format", "binance_trades", "--set", "symbol=BTCUSDT")
    for name, text in dumps.items():
        (tmp_path / name).write_text(text)
        assert house.load("ticks", tmp_path / name, *command)["rejected"] == 0, name
    whole = pa.table({"timestamp": pa.array([1704103200126000], pa.timestamp("us", "UTC")),
                      "trade_id": [6], "price": [100.6], "quantity": [0.00031099999999999997],
                      "buyer_maker": ["True"]})  # fmt: skip
    pyarrow.parquet.write_table(whole, tmp_path / "table.parquet")
    assert house.load("ticks", tmp_path / "table.parquet", *command)["rounded"] == 1
    assert ticks(house) == [
        ("1", 1, "100.1", "2.5", "sell", "2024-01-01 10:00:00.123000"),
        ("2", 2, "100.2", "1", "buy", "2024-01-01 10:00:00.123000"),
        ("4", 4, "100.4", "1", "buy", "2024-01-01 10:00:00.124000"),
        ("5", 5, "100.5", "1", "sell", "2024-01-01 10:00:00.125000"),
        ("6", 6, "100.6", "0.000311", "sell", "2024-01-01 10:00:00.126000"),
        ("3", 3, "100.3", "1", "sell", "2025-01-04 14:13:20.123456"),
    ]
    assert house.query("select distinct market, venue, symbol from raw.ticks") == [
        {"market": "crypto_spot", "venue": "binance", "symbol": "BTCUSDT"}
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,100.1,2.5\n", "the first line has 3 columns and begins with '1'"),
        ("id,prize,qty,quote_qty,time,is_buyer_maker\n4,1,1,1,1,false\n", "missing column price"),
        ("1,1,1,1,1704103200123,True,True\n2,1,1,1,1704103200123,True\n", "line 2"),
    ],
)
def test_binance_trades_that_do_not_fit(
    refusing: House, tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(text)
    command = ("--format", "binance_trades", "--set", "symbol=BTCUSDT")
    assert reason in refused(refusing, "ticks", path, *command)


def test_kraken_trades(house: House, tmp_path: Path) -> None:
    """Seconds, whole or with a fraction; prints alike are prints; an overlap adds nothing."""
    lines = ["1672531436,90.54,1.10448420", "1672531436,90.54,1.10448420", "1672531471.5,90.45,1"]
    (tmp_path / "q1.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "q2.csv").write_text("\n".join([*lines[1:], "1672531472,90,2"]) + "\n")
    command = ("--format", "kraken_trades", "--set", "symbol=BCH/EUR")
    assert counts(house.load("ticks", tmp_path / "q1.csv", *command)) == (3, 3, 0, 0)
    assert counts(house.load("ticks", tmp_path / "q2.csv", *command)) == (3, 1, 2, 0)
    assert ticks(house) == [
        ("", 0, "90.54", "1.1044842", "unknown", "2023-01-01 00:03:56.000000"),
        ("", 0, "90.54", "1.1044842", "unknown", "2023-01-01 00:03:56.000000"),
        ("", 0, "90.45", "1", "unknown", "2023-01-01 00:04:31.500000"),
        ("", 0, "90", "2", "unknown", "2023-01-01 00:04:32.000000"),
    ]


STREAM = [
    '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":1,"s":"BTCUSDT","b":"1","B":"2","a":"3","A":"4","T":1704103200123,"E":1704103200124}}',
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1704103200126,"T":1704103200125,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}',
    '{"e":"aggTrade","E":1704103200126,"s":"BTCUSDT","a":7,"p":"61800.40","q":"1","f":1,"l":2,"T":1704103200125,"m":true,"M":true}',
]  # fmt: skip


NOT_A_LINE = "a line is not a number, a space and a JSON object"


def test_binance_stream(house: House, tmp_path: Path) -> None:
    """Of a recorded stream the prints; the clock is the venue's, not that of the recorder."""
    path = tmp_path / "stream.gz"
    lines = [f"{1704103199000000000 + n} {text}" for n, text in enumerate(STREAM)]
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    loaded = house.load("ticks", path, "--format", "binance_stream")
    assert counts(loaded) == (2, 2, 0, 0)
    assert ticks(house) == [
        ("7", 7, "61800.4", "1", "sell", "2024-01-01 10:00:00.125000"),
        ("5266583935", 5266583935, "61800.3", "0.006", "buy", "2024-01-01 10:00:00.125000"),
    ]
    assert house.query("select market, trade_ref from raw.ticks order by market") == [
        {"market": "crypto_futures", "trade_ref": "5266583935"},
        {"market": "crypto_spot", "trade_ref": "7"},
    ]


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (f"1704103199000000001 {STREAM[1][:-9]}", NOT_A_LINE),
        (STREAM[1], NOT_A_LINE),
        (f"1704103199000000001 {STREAM[0]}", "no rows in"),
    ],
)  # fmt: skip
def test_binance_stream_that_does_not_fit(
    refusing: House, tmp_path: Path, last: str, reason: str
) -> None:
    path = tmp_path / "stream"
    path.write_text(f"1704103199000000000 {STREAM[0]}\n{last}\n")
    assert reason in refused(refusing, "ticks", path, "--format", "binance_stream")


def test_ccxt_and_freqtrade_trades(house: House, tmp_path: Path) -> None:
    """The same prints as objects, as lists and as a table: one set of ticks."""
    ms = 1570752011620
    objects = [
        {"info": {}, "timestamp": ms + n, "datetime": "x", "symbol": "XRP/ETH", "id": str(n),
         "side": "sell", "price": 0.00141342, "amount": 23.0, "cost": 0.03, "fee": None}
        for n in range(3)
    ]  # fmt: skip
    lists = [[ms + n, str(n), None, "sell", 0.00141342, 23.0, 0.03] for n in range(1, 4)]
    (tmp_path / "objects.json").write_text(json.dumps(objects))
    (tmp_path / "lists.json").write_text(json.dumps(lists))
    (tmp_path / "table.csv").write_text(
        ",timestamp,id,type,side,price,amount,cost,date\n"
        f"0,{ms + 3},3,,sell,0.00141342,23.0,0.03,x\n1,{ms + 4},4,,buy,0.0014,5,0.007,x\n"
    )
    given = ("--set", "venue=binance", "--set", "symbol=XRP/ETH")
    ccxt = ("--format", "ccxt_trades", *given)
    table = ("--format", "freqtrade_trades", *given)
    assert counts(house.load("ticks", tmp_path / "objects.json", *ccxt)) == (3, 3, 0, 0)
    assert counts(house.load("ticks", tmp_path / "lists.json", *ccxt)) == (3, 1, 2, 0)
    assert counts(house.load("ticks", tmp_path / "table.csv", *table)) == (2, 1, 1, 0)
    assert ticks(house)[-1] == ("4", 4, "0.0014", "5", "buy", "2019-10-11 00:00:11.624000")


@pytest.mark.parametrize("kind", ["parquet", "feather"])
def test_typed_columns_mean_what_their_text_means(house: House, tmp_path: Path, kind: str) -> None:
    """Types that the contract takes as they are, and those that go through text: the same rows."""
    us = 1704103200000000
    prices = [Decimal("1.5"), Decimal("-1"), None, Decimal("0.000000000001"), Decimal("1e15")]
    columns: dict[str, dict[str, Any]] = {
        "typed": {
            "ts": pa.array([us + n for n in range(5)], pa.timestamp("us", "UTC")),
            "seq": pa.array([1, 2, 3, 4, None], pa.int32()),
            "price": pa.array(prices, pa.decimal128(30, 12)),
            "quantity": pa.array([1, 2, 3, 4, -5], pa.int64()),
        },
        "loose": {
            "ts": [f"2024-01-01T10:00:00.00000{n}Z" for n in range(5)],
            "seq": pa.array([1.0, 2.0, 3.0, 4.0, None], pa.float64()),
            "price": pa.array(prices, pa.decimal128(38, 15)),
            "quantity": pa.array([1.0, 2.0, 3.0, 4.0, -5.0], pa.float64()),
        },
    }
    found = []
    for name, own in columns.items():
        texts = {
            "symbol": ["A", "A", "A", "A", "A"],
            "market": ["m"] * 5,
            "venue": [name] * 5,
            "trade_ref": ["1", "2", "3", "4", ""],
            "aggressor": ["", "buy", "both", None, "x"],
        }
        table = pa.table({**texts, **own})
        if name == "loose":
            # whole numbers as doubles are no whole numbers: they are left out
            table = table.drop_columns(["seq"])
        path = tmp_path / f"{name}.{kind}"
        if kind == "parquet":
            pyarrow.parquet.write_table(table, path)
        else:
            pyarrow.feather.write_feather(table, path)
        loaded = house.load("ticks", path, "--max-reject-rate", "1")
        rows = house.query(
            "select trade_ref, toString(ts) as ts, toString(price) as price, "
            f"toString(quantity) as quantity, aggressor from raw.ticks where venue = '{name}' "
            "order by trade_ref"
        )
        reasons = house.query(
            "select row, reasons from raw._rejects where endsWith(source, "
            f"'{path.name}') order by row"
        )
        found.append((counts(loaded), rows, reasons))
    assert found[0] == found[1]
    assert found[0][0] == (5, 2, 0, 3)
    assert [row["price"] for row in found[0][1]] == ["1.5", "0.000000000001"]
