"""The feeds quotes and book_snapshots: absent sides, repeated rows, levels, and the formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from tests.python.conftest import House, WriteCsv


def quote(**changes: str) -> dict[str, str]:
    return {"symbol": "A/B", "market": "spot", "venue": "v", "ts": "2024-01-01T10:00:00Z",
            "seq": "1", "bid_price": "99", "bid_size": "1", "ask_price": "101", "ask_size": "2",
            **changes}  # fmt: skip


def quotes(house: House) -> list[tuple[Any, ...]]:
    rows = house.query(
        "select symbol, market, toString(ts) as at, seq, toString(bid_price) as bid, "
        "toString(bid_size) as bid_size, toString(ask_price) as ask, "
        "toString(ask_size) as ask_size from raw.quotes order by ts, seq"
    )
    return [tuple(row.values()) for row in rows]


def test_quotes_are_counted_and_sides_may_be_absent(house: House, write_csv: WriteCsv) -> None:
    rows = [quote(), quote(), quote(bid_price="", bid_size=""), quote(seq="2", ask_size="-1")]
    first = house.load("quotes", write_csv(rows), "--max-reject-rate", "0.5")
    assert (first["landed"], first["duplicates"], first["rejected"]) == (3, 0, 1)
    rows = [quote(bid_price="", bid_size=""), *[quote()] * 3, quote(seq="3")]
    second = house.load("quotes", write_csv(rows, "overlapping.csv"))
    assert (second["landed"], second["duplicates"]) == (2, 3)


LINES = [
    '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":7,"s":"BTCUSDT","b":"1.5","B":"2","a":"3","A":"4","T":1704103200123,"E":1704103200124}}',
    '{"u":8,"s":"BNBUSDT","b":"25.35","B":"31.21","a":"0.00","A":"0.00"}',
    '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["1","2"]],"a":[]}}',
    '{"stream":"ethusdt@depth5","data":{"lastUpdateId":160,"bids":[["0.0024","10"],["0.0022","1"]],"asks":[]}}',
    '{"stream":"ethusdt@depth20@100ms","data":{"e":"depthUpdate","E":1704103200200,"T":1704103200199,"s":"ETHUSDT","U":1,"u":161,"pu":0,"b":[["5","1"]],"a":[["6","2"]]}}',
]  # fmt: skip


def test_binance_stream(house: House, tmp_path: Path) -> None:
    """Best bid and ask, and whole books; 0 is an absent side; changes of a book are neither."""
    path = tmp_path / "stream.jsonl"
    lines = [f"{1704103200000000000 + n * 1_000_500} {text}" for n, text in enumerate(LINES)]
    path.write_text("\n".join(lines) + "\n")
    command = (path, "--format", "binance_stream")
    assert house.load("quotes", *command)["landed"] == 2
    assert quotes(house) == [
        ("BNBUSDT", "crypto_spot", "2024-01-01 10:00:00.001000", 8, "25.35", "31.21", None, None),
        ("BTCUSDT", "crypto_futures", "2024-01-01 10:00:00.123000", 7, "1.5", "2", "3", "4"),
    ]
    assert house.load("book_snapshots", *command)["landed"] == 2
    assert house.query(
        "select symbol, market, seq, toString(ts) as at, toString(bids) as bids, "
        "toString(asks) as asks from raw.book_snapshots order by seq"
    ) == [
        {"symbol": "ETHUSDT", "market": "crypto_spot", "seq": 160,
         "at": "2024-01-01 10:00:00.003001", "bids": "[(0.0024,10,0),(0.0022,1,0)]", "asks": "[]"},
        {"symbol": "ETHUSDT", "market": "crypto_futures", "seq": 161,
         "at": "2024-01-01 10:00:00.199000", "bids": "[(5,1,0)]", "asks": "[(6,2,0)]"},
    ]  # fmt: skip


def test_truefx_and_histdata(house: House, tmp_path: Path) -> None:
    (tmp_path / "EURUSD-2009-05.csv").write_text("EUR/USD,20090501 00:00:00.056,1.32297,1.32302\n")
    (tmp_path / "table.csv").write_text("timestamp,bid,ask\n2013-01-01 22:00:00.295+00:00,0,86.7\n")
    (tmp_path / "histdata.csv").write_text("20200101 170000065,1.1212,1.12172,0\n")
    given = ("--set", "symbol=X")
    truefx = ("--format", "truefx_ticks")
    assert house.load("quotes", tmp_path / "EURUSD-2009-05.csv", *truefx)["landed"] == 1
    assert house.load("quotes", tmp_path / "table.csv", *truefx, *given)["landed"] == 1
    histdata = ("--format", "histdata_ticks", *given, "--set", "venue=v", "--timezone", "Etc/GMT+5")
    assert house.load("quotes", tmp_path / "histdata.csv", *histdata)["landed"] == 1
    assert quotes(house) == [
        ("EUR/USD", "forex", "2009-05-01 00:00:00.056000", 0, "1.32297", None, "1.32302", None),
        ("X", "forex", "2013-01-01 22:00:00.295000", 0, None, None, "86.7", None),
        ("X", "forex", "2020-01-01 22:00:00.065000", 0, "1.1212", None, "1.12172", None),
    ]


GOOD_SIDES = ['[["100.5","1",2],["100","2"]]', '[{"price":100.5,"size":"1e1"}]', "[]", ""]
BAD_SIDES = {
    "x": "not a JSON array of levels, [price, size, orders]",
    '[["100","-1"]]': "not a JSON array of levels, [price, size, orders]",
    '[["0","1"]]': "not a JSON array of levels, [price, size, orders]",
    '[["100"]]': "not a JSON array of levels, [price, size, orders]",
    "[100, 1]": "not a JSON array of levels, [price, size, orders]",
    '[["99","1"],["100","1"]]': "bids not best first",
}


def test_levels_of_a_book(house: House, tmp_path: Path) -> None:
    """Lists or objects, exact; what is no level, or not in order, rejects the row."""
    common = {"symbol": "A", "market": "m", "venue": "v", "ts": "2024-01-01T00:00:00Z"}
    sides = [*GOOD_SIDES, *BAD_SIDES]
    rows = [{**common, "seq": n, "bids": bids} for n, bids in enumerate(sides)]
    path = tmp_path / "books.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    loaded = house.load("book_snapshots", path, "--max-reject-rate", "1")
    assert (loaded["landed"], loaded["rejected"]) == (len(GOOD_SIDES), len(BAD_SIDES))
    bids = house.query("select toString(bids) as bids from raw.book_snapshots order by seq")
    assert [row["bids"] for row in bids] == [
        "[(100.5,1,2),(100,2,0)]",
        "[(100.5,10,0)]",
        "[]",
        "[]",
    ]
    rejects = house.run("rejects", "book_snapshots", "--json").rows
    assert {row["row"]: row["reason"] for row in rejects} == dict(
        enumerate(BAD_SIDES.values(), len(GOOD_SIDES) + 1)
    )
    # nested columns of a Parquet file, and the same book again
    table = pa.Table.from_pylist(
        [{**common, "seq": 1, "bids": [{"price": 100.5, "size": 10.0, "orders": 0}]},
         {**common, "seq": 9, "bids": [{"price": 1.25, "size": 1.0, "orders": 3}]}]
    )  # fmt: skip
    pyarrow.parquet.write_table(table, tmp_path / "books.parquet")
    again = house.load("book_snapshots", tmp_path / "books.parquet")
    assert (again["landed"], again["duplicates"]) == (1, 1)
