"""Bad input, value by value: it rejects its row alone, and an amount too fine is rounded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.python.conftest import House, WriteCsv, trade
from tests.python.integration.conftest import FLOW, PRICE, raw_counts

NAN, NUMBER = "not a finite number", "not a number"
WHOLE, TIME, JSON = "not a whole number that fits UInt32", "not a time", "not valid JSON"
TAGS = "not a JSON array of texts"

# changes of a good trade, the column that is blamed, and the reason
BAD_TRADES: list[tuple[dict[str, str], str, str]] = [
    *[({"entry_price": text}, "entry_price", NUMBER)
      for text in ("abc", " 1 ", "1 ", "1_000", ".", "-.", ".e1", "0x1F", "1,5", "--1", "1e", "1e+",
                   "NaN", "nan", "inf", "-Infinity", "1e1000", "1 000", "\u0661")],
    *[({"entry_price": text}, "entry_price", "does not fit Decimal(38, 12)")
      for text in ("1e27", "100000000000000000000000000", "1e400")],
    *[({"entry_price": text}, "entry_price", "not above 0")
      for text in ("0", "-0", "-1", "0.0000000000001", "1e-13")],
    ({"entry_price": "1000000000000001"}, "entry_price", "above 1e+15"),
    ({"entry_price": ""}, "entry_price", "missing value"),
    ({"exit_price": "-0.01"}, "exit_price", "below 0"),
    ({"quantity": "-2"}, "quantity", "not above 0"),
    ({"leverage": "0"}, "leverage", "not above 0"),
    ({"leverage": "100000"}, "leverage", "does not fit Decimal(9, 4)"),
    ({"entry_fee": "1e19"}, "entry_fee", "above 1e+18"),
    ({"entry_price": "1e15", "quantity": "1000000"}, "quantity", "notional too large"),
    *[({"execution_ms": text}, "execution_ms", WHOLE)
      for text in ("1.5", "-1", "4294967296", "0x1F", " 1", "1e3", "1.0")],
    *[({"reported_return": text}, "reported_return", NAN)
      for text in ("nan", "inf", "-inf", "1e999", "abc", "1_0")],
    ({"side": "up"}, "side", "not one of long, short"),
    ({"side": "Long"}, "side", "not one of long, short"),
    ({"strategy_type": "guess"}, "strategy_type",
     "not one of traditional, ml, hybrid, unknown"),
    ({"symbol": ""}, "symbol", "missing value"),
    ({"trade_id": ""}, "trade_id", "missing value"),
    ({"closed_at": ""}, "closed_at", "missing value"),
    ({"closed_at": "2026-01-05T09:59:59.999999Z"}, "closed_at", "closed before opened"),
    *[({"closed_at": text}, "closed_at", TIME)
      for text in ("2026-01-05T24:00:00Z", "2026-01-05T23:59:60Z", "2026-02-30T10:00:00Z",
                   "2026-13-01T10:00:00Z", "2026-01-05T10:00:00+99:00", "yesterday", "infinity",
                   "1767607200", "05.01.2026 10:00:00Z", "2026-01-05T10:00:00 Europe/Berlin",
                   "290000-01-01T00:00:00Z", "2026-01-05Z", "2026-02-30")],
    ({"closed_at": "2026-01-05T11:00:00.1234567Z"}, "closed_at", "finer than a microsecond"),
    ({"closed_at": "2500-01-01T00:00:00Z"}, "closed_at", "outside 1970 to 2099"),
    ({"closed_at": "2100-01-01T00:00:00Z"}, "closed_at", "outside 1970 to 2099"),
    ({"opened_at": "1969-12-31T23:59:59Z"}, "opened_at", "outside 1970 to 2099"),
    *[({"attributes": text}, "attributes", JSON)
      for text in ("{", "x", '{"a":1} x', '{"a":NaN}', '{"a":-Infinity}', '{"a":1,}', "{a:1}",
                   "'x'")],
    *[({"tags": text}, "tags", TAGS)
      for text in ("a", '{"a":1}', '["a"', '["a",null]', '["a",]', '"a"', "null")],
]  # fmt: skip

GOOD_TRADES: list[dict[str, str]] = [
    {"attributes": '{"a": "NaN, ,]", "b": "x\\"nan,}"}'},
    {"attributes": " [1, 2] "},
    {"tags": '["a", "b,c", "nan,]"]'},
    {"entry_price": "+1.5"},
    {"entry_price": "1E2"},
    {"entry_price": ".5"},
    {"entry_price": "5."},
    {"entry_price": ".5e1"},
    {"execution_ms": "4294967295"},
    {"exit_price": "0"},
    {"closed_at": "2026-01-05 11:00Z"},
    {"closed_at": "2026-01-05T11:00:00.1234560000Z"},
    {"closed_at": "2099-12-31T23:59:59.999999+00"},
    {"closed_at": "2026-01-05T10:00:00Z"},
]


def with_all_columns(changes: dict[str, str], name: str) -> dict[str, str]:
    row = {**trade(trade_id=name), "leverage": "", "entry_fee": "", "execution_ms": "",
           "reported_return": "", "strategy_type": "", "attributes": "", "tags": ""}  # fmt: skip
    return {**row, **changes}


def test_a_bad_value_rejects_its_row_alone(house: House, write_csv: WriteCsv) -> None:
    rows = []
    for number, (changes, _, _) in enumerate(BAD_TRADES):
        rows.append(with_all_columns(changes, f"bad{number}"))
        if number < len(GOOD_TRADES):
            rows.append(with_all_columns(GOOD_TRADES[number], f"good{number}"))
    path = write_csv(rows)
    loaded = house.load("trades", path, "--max-reject-rate", "1")
    good = len(GOOD_TRADES)
    assert (loaded["landed"], loaded["rejected"]) == (good, len(BAD_TRADES))
    assert raw_counts(house) == (good, good)
    rejects = {r["row"]: r for r in house.run("rejects", "trades", "--json", "--limit", "999").rows}
    source_rows = [n for n, row in enumerate(rows, 1) if not row["trade_id"].startswith("good")]
    assert sorted(rejects) == source_rows
    for row, (changes, column, reason) in zip(source_rows, BAD_TRADES, strict=True):
        reject = rejects[row]
        found = (reject["column"], reject["value"], reject["reason"], reject["source"])
        value = changes.get(column, rows[row - 1][column])
        assert found == (column, value, reason, str(path)), changes
        assert reject["reasons"][0] == f"{column}: {reason}"
        assert json.loads(reject["record"])["symbol" if changes.get("symbol") != "" else "side"]
    landed = house.query("select trade_id, _row from raw.trades order by _row")
    assert [r["trade_id"] for r in landed] == [f"good{number}" for number in range(good)]
    assert [r["_row"] for r in landed] == [2 * number for number in range(1, good + 1)]


def test_a_row_tells_all_its_reasons(house: House, write_csv: WriteCsv) -> None:
    bad = trade(side="up", entry_price="x", quantity="-1")
    house.load("trades", write_csv([trade(), bad]), "--max-reject-rate", "0.5")
    reject = house.run("rejects", "trades", "--json").rows[0]
    assert reject["reasons"] == [
        "side: not one of long, short", "entry_price: not a number", "quantity: not above 0",
    ]  # fmt: skip
    text = house.run("rejects", "trades").out
    assert "not one of long, short" in text
    assert "trades.csv" in text


ACCOUNT = {"account_id": "a", "kind": "bot", "base_currency": "USDT", "starting_equity": "1000",
           "started_at": "2026-01-01T00:00:00Z", "ended_at": "", "trading_zone": "",
           "periods_per_year": ""}  # fmt: skip
VALUE = {"session_id": "s", "symbol": "x", "indicator_id": "RSI_14", "value": "50",
         "confidence": "1", "ts": "2026-01-01T00:00:00Z"}  # fmt: skip
ZONE = "not an IANA time zone"

OTHER_FEEDS: dict[str, tuple[dict[str, str], list[tuple[str, str, str]]]] = {
    "accounts": (ACCOUNT, [
        ("trading_zone", "Mars/Olympus", ZONE), ("trading_zone", "+02:00", ZONE),
        ("kind", "robot", "not one of user, bot, agent, backtest"),
        ("periods_per_year", "300", "not one of 365, 252"),
        ("periods_per_year", "252.0", "not a whole number that fits UInt16"),
        ("starting_equity", "0", "not above 0"),
        ("ended_at", "2025-01-01T00:00:00Z", "ended before started")]),
    "price_snapshots": (PRICE, [
        ("price", "0", "not above 0"), ("liquidity_score", "101", "above 100"),
        ("liquidity_score", "256", "not a whole number that fits UInt8"),
        ("snapshot_at", "2026-01-01", "time without a zone")]),
    "indicator_values": (VALUE, [
        ("value", "nan", NAN), ("value", "", "missing value"), ("value", "1e400", NAN),
        ("confidence", "1.0000001", "above 1"), ("confidence", "-0.1", "below 0")]),
    "cash_flows": (
        {"account_id": "a", "flow_id": "f", "at": "2026-01-01T00:00:00Z", "amount": "-5",
         "currency": "USD"},
        [("amount", "-1e19", "below -1e+18"), ("amount", "", "missing value")]),
}  # fmt: skip


@pytest.mark.parametrize("feed", OTHER_FEEDS)
def test_a_bad_value_of_another_feed(house: House, write_csv: WriteCsv, feed: str) -> None:
    good, cases = OTHER_FEEDS[feed]
    naive = [case for case in cases if case[2] == "time without a zone"]
    cases = [case for case in cases if case not in naive]
    rows = [good, *({**good, column: value} for column, value, _ in cases)]
    loaded = house.load(feed, write_csv(rows), "--max-reject-rate", "1")
    assert (loaded["landed"], loaded["rejected"]) == (1, len(cases))
    found = {r["row"]: (r["column"], r["value"], r["reason"])
             for r in house.run("rejects", feed, "--json").rows}  # fmt: skip
    assert found == dict(enumerate(cases, 2))
    for column, value, _ in naive:
        answer = house.run("load", feed, write_csv([{**good, column: value}], "naive.csv"))
        assert answer.code == 3


ROUNDED: list[tuple[str, str, int]] = [
    ("1.0000000000005", "1", 1),
    ("1.0000000000015", "1.000000000002", 1),
    ("1.0000000000025", "1.000000000002", 1),
    ("1.00000000000250000000000000000000000001", "1.000000000003", 1),
    ("-1.0000000000015", "-1.000000000002", 1),
    ("-1.0000000000005", "-1", 1),
    ("1.0000000000004999999999999999999", "1", 1),
    ("0.999999999999500001", "1", 1),
    ("123456789012345.1234567890125", "123456789012345.123456789012", 1),
    ("123456789012345.1234567890135", "123456789012345.123456789014", 1),
    ("9.5e-14", "0", 1),
    ("5e-13", "0", 1),
    ("15E-13", "0.000000000002", 1),
    ("2.5e-12", "0.000000000002", 1),
    ("5.000000000000001e-13", "0.000000000001", 1),
    ("1.23456789012345678e+3", "1234.567890123457", 1),
    ("1.5e0", "1.5", 0),
    ("1e17", "100000000000000000", 0),
    ("1.0000000000010000", "1.000000000001", 0),
    ("0.1", "0.1", 0),
]


def test_more_than_twelve_decimals_are_rounded_half_even_and_counted(
    house: House, write_csv: WriteCsv
) -> None:
    rows = [{**FLOW, "flow_id": f"f{n}", "at": "2026-01-05T12:00:00Z", "amount": text}
            for n, (text, _, _) in enumerate(ROUNDED)]  # fmt: skip
    path = write_csv(rows)
    loaded = house.load("cash_flows", path)
    assert loaded["rounded"] == sum(counted for _, _, counted in ROUNDED)
    amounts = house.query("select toString(amount) as a from raw.cash_flows order by _row")
    assert [row["a"] for row in amounts] == [value for _, value, _ in ROUNDED]
    feed = next(f for f in house.run("status", "--json").rows if f["feed"] == "cash_flows")
    assert feed["batches"][0]["rounded"] == loaded["rounded"]


def test_quotes_around_nothing_are_no_value(house: House, tmp_path: Path) -> None:
    good = trade(trade_id="good", strategy_type="")
    rows = [good, trade(trade_id="bad", strategy_type="", symbol="")]
    lines = [",".join(good), *(",".join(f'"{text}"' for text in row.values()) for row in rows)]
    path = tmp_path / "quoted.csv"
    path.write_text("\n".join(lines) + "\n")
    loaded = house.load("trades", path, "--max-reject-rate", "1")
    assert (loaded["landed"], loaded["rejected"]) == (1, 1)
    (bad,) = house.run("rejects", "trades", "--json").rows
    assert (bad["column"], bad["reason"]) == ("symbol", "missing value")
    assert house.query("select strategy_type from raw.trades") == [{"strategy_type": "unknown"}]
