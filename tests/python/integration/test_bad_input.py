"""Every row of the design's table of bad input: the exit code, the message, what landed."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse
from tests.python.conftest import PROFILE, PROJECT, House, WriteCsv, trade


@pytest.fixture(scope="module")
def shared_profiles(
    warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    profiles = tmp_path_factory.mktemp("refusing")
    text = PROFILE.format(path=warehouse_path, schema=profiles.name)
    (profiles / "profiles.yml").write_text(text, encoding="utf-8")
    yield profiles
    with Warehouse(read_target(PROJECT, profiles)) as warehouse:
        for suffix in ("", "_staging", "_raw"):
            warehouse.command(f'drop database if exists "{profiles.name}{suffix}" sync')


@pytest.fixture
def refusing(shared_profiles: Path, capsys: pytest.CaptureFixture[str]) -> House:
    """A Tradehouse for files that are refused: nothing lands, so tests share it."""
    return House(shared_profiles, capsys)


def refused(house: House, feed: str, *arguments: str | Path) -> str:
    """The one line that a refused source leaves."""
    answer = house.run("load", feed, *arguments)
    assert (answer.code, answer.out) == (3, "")
    lines = answer.err.splitlines()
    assert len(lines) == 1, answer.err
    assert lines[0].startswith(f"tradehouse: {arguments[0]}: ")
    assert "Traceback" not in lines[0]
    assert len(lines[0]) < 2000
    return lines[0]


def raw_counts(house: House, feed: str = "trades") -> tuple[int, ...]:
    """Rows of the feed and, where it has one, of its key index."""
    tables = [feed, "_keys_trades"] if feed == "trades" else [feed]
    counts = ", ".join(f"(select count() from raw.{table}) as {table}_n" for table in tables)
    return tuple(house.query(f"select {counts}")[0].values())


# -- the file does not fit --------------------------------------------------------------------

ROWS = [trade(trade_id=f"t{number}") for number in range(300)]
CSV = "".join(",".join(row) + "\n" for row in [list(ROWS[0]), *(r.values() for r in ROWS)]).encode()
LAST = CSV.splitlines(keepends=True)[-1]
JSONL = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
TABLE = pa.table({name: [row[name] for row in ROWS] for name in ROWS[0]})


def zipped(data: bytes, *names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(TABLE, buffer, compression="none", write_page_checksum=True)
    return buffer.getvalue()


def feather(compression: str) -> bytes:
    buffer = io.BytesIO()
    pyarrow.feather.write_feather(TABLE, buffer, compression=compression)
    return buffer.getvalue()


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def encrypted(data: bytes) -> bytes:
    """The archive with the flag of a password set, in both of its headers."""
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data = data[:at] + bytes([data[at] | 1]) + data[at + 1 :]
    return data


BAD_FILES: dict[str, tuple[str, Callable[[], bytes], list[str]]] = {
    # wrong columns
    "missing column": ("f.csv", lambda: CSV.replace(b",symbol", b",sym"), [
        "missing column symbol", "unknown column 'sym'", "--set COLUMN=VALUE"]),
    "unknown column": ("f.csv", lambda: CSV.replace(b"\n", b",1\n").replace(b"d_at,1", b"d_at,x"), [
        "unknown column 'x'", "tradehouse feeds trades"]),
    "missing parquet column": ("f.parquet", lambda: as_parquet(TABLE.drop_columns(["side"])), [
        "missing column side"]),
    "names that differ by case": ("f.csv", lambda: CSV.replace(b",market", b",Symbol"), [
        "names a column twice: 'Symbol', 'symbol'"]),
    "a column twice": ("f.csv", lambda: CSV.replace(b",market", b",symbol"), [
        "names a column twice: 'symbol'"]),
    "a column without a name": ("f.csv", lambda: CSV.replace(b"\n", b",\n"), [
        "unknown column 'unnamed'"]),
    # wrong format
    "JSON as CSV": ("f.csv", lambda: JSONL, ["missing column", "and 4 more"]),
    "one long line as CSV": ("f.csv", lambda: b'"' + b"x" * 200_000, ["no CSV header"]),
    "CSV as JSON": ("f.jsonl", lambda: CSV, ["cannot be read as jsonl", "line 2", "--format"]),
    "CSV as Parquet": ("f.parquet", lambda: CSV, ["cannot be read as parquet", "--format"]),
    "text as Feather": ("f.feather", lambda: CSV, ["cannot be read as feather", "--format"]),
    "Parquet as CSV": ("f.csv", parquet, ["a NUL byte at byte"]),
    "semicolons": ("f.csv", lambda: CSV.replace(b",", b";"), ["missing column trade_id"]),
    "a JSON line of another kind": ("f.jsonl", lambda: JSONL + b"[1]\n", ["a line holds array"]),
    "a JSON line of null": ("f.jsonl", lambda: JSONL + b"null\n", ["a line holds null"]),
    "a JSON key twice": ("f.jsonl", lambda: JSONL.replace(b'"side"', b'"side": 1, "side"', 1), [
        "a line names 'side' twice"]),
    # unreadable, truncated, damaged
    "truncated gz": ("f.csv.gz", lambda: gzip.compress(CSV)[:-20], ["damaged or truncated"]),
    "gz without its end": ("f.csv.gz", lambda: gzip.compress(CSV)[:-4], ["damaged or truncated"]),
    "gz of another sum": ("f.csv.gz", lambda: flipped(gzip.compress(CSV), -6), ["CRC", "again"]),
    "gz with something behind": ("f.csv.gz", lambda: gzip.compress(CSV) + b"xyz", ["damaged"]),
    "truncated zip": ("f.csv.zip", lambda: zipped(CSV, "f.csv")[:-30], ["damaged or truncated"]),
    "damaged zip": ("f.csv.zip", lambda: flipped(zipped(CSV, "f.csv"), 60), ["damaged"]),
    "zip with a password": ("f.csv.zip", lambda: encrypted(zipped(CSV, "f.csv")), [
        "cannot be unpacked", "password"]),
    "zip of two": ("f.csv.zip", lambda: zipped(CSV, "a.csv", "b.csv"), [
        "2 members of the archive fit", "'a.csv', 'b.csv'"]),
    "zip of nothing": ("f.csv.zip", lambda: zipped(CSV), ["0 members", "it holds nothing"]),
    "truncated parquet": ("f.parquet", lambda: parquet()[:-100], ["cannot be read as parquet"]),
    "flipped parquet page": ("f.parquet", lambda: flipped(parquet(), parquet().index(b"t100")), [
        "CRC checksum verification failed"]),
    "truncated feather": ("f.feather", lambda: feather("lz4")[:-100], [
        "cannot be read as feather"]),
    "damaged feather": ("f.feather", lambda: damaged_offsets(feather("uncompressed")), [
        "cannot be read as feather"]),
    "CSV cut in a quoted field": ("f.csv", lambda: CSV + b'"t9', ["line 302", "unterminated"]),
    "CSV cut in a row": ("f.csv", lambda: CSV[: -len(LAST) + 40], ["line 301", "Found: 10"]),
    "a row too long": ("f.csv", lambda: CSV + LAST.strip() + b",x\n", ["line 302", "Found: 13"]),
    "JSON cut in a line": ("f.jsonl", lambda: JSONL + b'{"trade_id": "x", ', ["line 302"]),
    # not UTF-8
    "a Latin-1 byte": ("f.csv", lambda: CSV + LAST.replace(b"BTC", b"B\xe9C"), [
        f"not UTF-8 at byte {len(CSV) + LAST.index(b'BTC') + 1}", "convert"]),
    "a character cut at the end": ("f.csv", lambda: CSV + b"\xe2\x82", [
        f"not UTF-8 at byte {len(CSV)}"]),
    "UTF-16": ("f.csv", lambda: CSV.decode().encode("utf-16"), ["UTF-16 text", "convert"]),
    "a NUL byte": ("f.csv", lambda: CSV.replace(b"t200", b"t\x00200"), [
        f"a NUL byte at byte {CSV.index(b't200') + 1}"]),
    # no rows
    "an empty file": ("f.csv", lambda: b"", ["empty file"]),
    "an empty gz": ("f.csv.gz", lambda: gzip.compress(b""), ["no header line"]),
    "an empty gz of JSON": ("f.jsonl.gz", lambda: gzip.compress(b""), ["missing column"]),
    "a blank line": ("f.csv", lambda: b"\n", ["no header line"]),
    "a header alone": ("f.csv", lambda: CSV.splitlines(keepends=True)[0], [
        "no rows in 115 bytes", "format csv does not fit"]),
    "parquet without rows": ("f.parquet", lambda: as_parquet(TABLE.slice(0, 0)), ["no rows in"]),
}  # fmt: skip


def as_parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def damaged_offsets(data: bytes) -> bytes:
    """Where the texts of a column begin: t0 at 0, t1 at 2, t2 at 4."""
    at = data.index(b"".join(number.to_bytes(4, "little") for number in (0, 2, 4, 6)))
    return data[: at + 4] + b"\xff\xff\xff\x7f" + data[at + 8 :]


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_does_not_fit_is_refused(refusing: House, tmp_path: Path, name: str) -> None:
    file, data, words = BAD_FILES[name]
    path = tmp_path / file
    path.write_bytes(data())
    message = refused(refusing, "trades", path)
    for word in words:
        assert word in message
    assert raw_counts(refusing) == (0, 0)


def test_the_bad_files_without_their_fault_land(house: House, tmp_path: Path) -> None:
    """What the cases above are made of is good, so it is their fault that refuses them."""
    files = {"a.csv": CSV, "b.csv.gz": gzip.compress(CSV), "c.csv.zip": zipped(CSV, "f.csv"),
             "d.jsonl": JSONL, "e.parquet": parquet(), "f.feather": feather("lz4"),
             "g.feather": feather("uncompressed")}  # fmt: skip
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    loaded = house.run("load", "trades", *(tmp_path / file for file in files), "--json").rows
    assert [(row["landed"], row["duplicates"]) for row in loaded] == [(300, 0)] + 6 * [(0, 300)]


def test_a_file_that_cannot_be_opened_is_refused(refusing: House, tmp_path: Path) -> None:
    assert "no such file" in refused(refusing, "trades", tmp_path / "none.csv")
    assert "reads a regular file" in refused(refusing, "trades", tmp_path, "--format", "csv")
    folder = refused(refusing, "indicator_values", tmp_path, "--format", "indicator_tree")
    assert "no .csv file below it" in folder
    file = tmp_path / "f.csv"
    file.write_bytes(CSV)
    file_for_folder = refused(refusing, "indicator_values", file, "--format", "indicator_tree")
    assert "reads a folder" in file_for_folder


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_a_file_that_cannot_be_read_is_refused(refusing: House) -> None:
    message = refused(refusing, "trades", Path("/proc/self/mem"), "--format", "csv")
    assert "cannot be read (Input/output error)" in message


def test_a_fault_far_into_a_file_leaves_nothing(
    refusing: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("python_loaders.checking.CHUNK_ROWS", 2048)
    lines = CSV.splitlines(keepends=True)
    path = tmp_path / "f.csv"
    path.write_bytes(lines[0] + b"".join(lines[1:]) * 30 + b"a,b\n")
    assert "line 9002" in refused(refusing, "trades", path)
    assert raw_counts(refusing) == (0, 0)
    working = refusing.query(
        f"select name from system.tables where database = '{refusing.schema}_raw' "
        "and name not in ('_batches', '_rejects', '_keys_trades') and startsWith(name, '_')"
    )
    assert working == []


FREQTRADE_FAULTS: dict[str, tuple[bytes, str]] = {
    "another key": (b'{"strategies": {}}', "no key strategy at the top"),
    "another type": (b'{"strategy": 3}', "cannot be read as json"),
    "an array": (b"[]", "cannot be read as json"),
    "cut": (b'{"strategy": {"a": {"trades": [', "cannot be read as json"),
    "no strategies": (b'{"strategy": {}}', "no rows in 16 bytes"),
    "no trades": (b'{"strategy": {"a": {"trades": []}}}', "format freqtrade_backtest does not fit"),
    "text": (CSV, "cannot be read as json"),
    "an amount that is no number": (
        b'{"strategy": {"a": {"trades": [{"orders": ['
        b'{"amount": "x", "safe_price": 1, "ft_is_entry": true}, '
        b'{"amount": 1, "safe_price": 1, "ft_is_entry": true}]}]}}}',
        "after row 0",
    ),
}


@pytest.mark.parametrize("name", FREQTRADE_FAULTS)
def test_an_export_of_another_shape_is_refused(refusing: House, tmp_path: Path, name: str) -> None:
    data, word = FREQTRADE_FAULTS[name]
    path = tmp_path / "export.json"
    path.write_bytes(data)
    assert word in refused(refusing, "trades", path, "--format", "freqtrade_backtest")
    assert raw_counts(refusing) == (0, 0)


def test_a_tree_of_another_shape_is_refused(refusing: House, tmp_path: Path) -> None:
    folder = tmp_path / "s" / "BTC" / "indicators"
    folder.mkdir(parents=True)
    (folder / "RSI_14.csv").write_text("timestamp,value,more\n1,2,3\n")
    command = (tmp_path, "--format", "indicator_tree")
    answer = refusing.run("load", "indicator_values", *command)
    assert answer.code == 3
    assert f"{folder / 'RSI_14.csv'}: unknown column 'more'; the format" in answer.err
    (folder / "RSI_14.csv").write_text("timestamp,value\n1,2\n")
    (tmp_path / "other.csv").write_text("timestamp,value\n1,2\n")
    answer = refusing.run("load", "indicator_values", *command)
    assert answer.code == 3
    assert f"{tmp_path / 'other.csv'}: its path does not fit" in answer.err


# -- a bad value ------------------------------------------------------------------------------

NAN, NUMBER = "not a finite number", "not a number"
WHOLE, TIME, JSON = "not a whole number that fits UInt32", "not a time", "not valid JSON"
TAGS = "not a JSON array of texts"

# changes of a good trade, the column that is blamed, and the reason
BAD_TRADES: list[tuple[dict[str, str], str, str]] = [
    *[({"entry_price": text}, "entry_price", NUMBER)
      for text in ("abc", " 1 ", "1 ", "1_000", ".5", "5.", "0x1F", "1,5", "--1", "1e", "1e+",
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
PRICE = {"symbol": "x", "market": "m", "venue": "v", "price": "1", "currency": "USD",
         "liquidity_score": "100", "snapshot_at": "2026-01-01T00:00:00Z"}  # fmt: skip
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


# -- too many bad rows --------------------------------------------------------------------------


def test_too_many_bad_rows_refuse_the_file_and_keep_the_rejects(
    house: House, write_csv: WriteCsv
) -> None:
    rows = [trade(trade_id=f"t{number}") for number in range(98)]
    rows[10:10] = [trade(side="up"), trade(side="down")]
    path = write_csv(rows)
    message = refused(house, "trades", path)
    assert "2 of 100 rows are bad, above --max-reject-rate 0.01" in message
    assert "side: not one of long, short (2 rows, first in row 11)" in message
    assert "tradehouse rejects trades" in message
    assert raw_counts(house) == (0, 0)
    assert [r["row"] for r in house.run("rejects", "trades", "--json").rows] == [11, 12]
    # exactly the share that is allowed passes, and the refused batch does not count as landed
    loaded = house.load("trades", path, "--max-reject-rate", "0.02")
    assert (loaded["landed"], loaded["rejected"]) == (98, 2)
    assert raw_counts(house) == (98, 98)


def test_conflicts_with_what_landed_count_as_bad_rows(house: House, write_csv: WriteCsv) -> None:
    house.load("price_snapshots", write_csv([PRICE]))
    conflict = [{**PRICE, "price": "2"}, {**PRICE, "symbol": "y"}]
    message = refused(house, "price_snapshots", write_csv(conflict, "c.csv"))
    assert "1 of 2 rows are bad" in message
    assert "same key, other content" in message
    assert raw_counts(house, "price_snapshots") == (1,)


@pytest.mark.parametrize("rate", ["-0.1", "1.1", "nan"])
def test_a_reject_rate_that_is_no_share(refusing: House, write_csv: WriteCsv, rate: str) -> None:
    answer = refusing.run("load", "trades", write_csv([trade()]), f"--max-reject-rate={rate}")
    assert (answer.code, answer.err) == (
        2, "tradehouse: --max-reject-rate must lie between 0 and 1\n",
    )  # fmt: skip


# -- duplicates and corrections -----------------------------------------------------------------


def test_duplicates_are_dropped_and_counted(house: House, write_csv: WriteCsv) -> None:
    first = house.load("trades", write_csv([trade(), trade(), trade(trade_id="t2")]))
    assert (first["landed"], first["duplicates"]) == (2, 1)
    again = house.load("trades", write_csv([trade(entry_price="100.000"), trade()], "again.csv"))
    assert (again["landed"], again["duplicates"]) == (0, 2)
    assert raw_counts(house) == (2, 2)


def test_other_content_of_a_key(house: House, write_csv: WriteCsv) -> None:
    house.load("trades", write_csv([trade()]))
    corrected = house.load("trades", write_csv([trade(quantity="3")], "corrected.csv"))
    assert (corrected["landed"], corrected["corrected"], corrected["rejected"]) == (1, 1, 0)
    signs = house.query("select toFloat64(quantity) as q, _sign from raw.trades order by _row, q")
    assert sorted((r["q"], r["_sign"]) for r in signs) == [(2, -1), (2, 1), (3, 1)]


# -- times --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2026-01-05 11:00:00", "2026-01-05T11:00", "2026-01-05"])
def test_a_naive_time_refuses_the_file(refusing: House, write_csv: WriteCsv, text: str) -> None:
    path = write_csv([trade(), trade(trade_id="t2", opened_at="2026-01-05", closed_at=text)])
    message = refused(refusing, "trades", path, "--max-reject-rate", "1")
    assert "row 2, column opened_at: '2026-01-05' has no zone; state it with --timezone" in message
    assert raw_counts(refusing) == (0, 0)


FLOW = {"account_id": "a", "flow_id": "f", "amount": "1", "currency": "USD"}

# zone, text, and the instant in UTC or the reason why there is none
LOCAL_TIMES: list[tuple[str, str, str]] = [
    ("America/New_York", "2026-01-05", "2026-01-05 05:00:00"),
    ("America/New_York", "2026-07-05T12:00", "2026-07-05 16:00:00"),
    ("America/New_York", "2026-11-01 00:59:59.999999", "2026-11-01 04:59:59.999999"),
    ("America/New_York", "2026-11-01 01:00:00", "ambiguous"),
    ("America/New_York", "2026-11-01 01:30:00", "ambiguous"),
    ("America/New_York", "2026-11-01 01:59:59.999999", "ambiguous"),
    ("America/New_York", "2026-11-01 02:00:00", "2026-11-01 07:00:00"),
    ("America/New_York", "2026-11-01 01:30:00-04:00", "2026-11-01 05:30:00"),
    ("America/New_York", "2026-11-01 01:30:00-05:00", "2026-11-01 06:30:00"),
    ("America/New_York", "2026-03-08 01:59:59", "2026-03-08 06:59:59"),
    ("America/New_York", "2026-03-08 02:00:00", "does not exist"),
    ("America/New_York", "2026-03-08 02:30:00", "does not exist"),
    ("America/New_York", "2026-03-08 03:00:00", "2026-03-08 07:00:00"),
    ("America/New_York", "2026-02-30 03:00:00", TIME),
    ("America/New_York", "2026-01-05T10:00:00Z", "2026-01-05 10:00:00"),
    ("Australia/Lord_Howe", "2026-04-05 01:29:59", "2026-04-04 14:29:59"),
    ("Australia/Lord_Howe", "2026-04-05 01:30:00", "ambiguous"),
    ("Australia/Lord_Howe", "2026-04-05 01:59:59", "ambiguous"),
    ("Australia/Lord_Howe", "2026-04-05 02:00:00", "2026-04-04 15:30:00"),
    ("Australia/Lord_Howe", "2026-10-04 02:15:00", "does not exist"),
    ("Australia/Lord_Howe", "2026-10-04 02:30:00", "2026-10-03 15:30:00"),
    # the station goes back by two hours
    ("Antarctica/Troll", "2026-10-25 00:59:59", "2026-10-24 22:59:59"),
    ("Antarctica/Troll", "2026-10-25 01:00:00", "ambiguous"),
    ("Antarctica/Troll", "2026-10-25 02:59:59", "ambiguous"),
    ("Antarctica/Troll", "2026-10-25 03:00:00", "2026-10-25 03:00:00"),
    # a day that Samoa left out
    ("Pacific/Apia", "2011-12-30 12:00:00", "does not exist"),
    ("Europe/Berlin", "2026-01-05 12:00:00.000001", "2026-01-05 11:00:00.000001"),
    ("UTC", "2026-11-01 01:30:00", "2026-11-01 01:30:00"),
]


@pytest.mark.parametrize("zone", sorted({zone for zone, _, _ in LOCAL_TIMES}))
def test_local_times_of_a_stated_zone(house: House, write_csv: WriteCsv, zone: str) -> None:
    cases = [(text, meaning) for named, text, meaning in LOCAL_TIMES if named == zone]
    rows = [{**FLOW, "flow_id": f"f{n}", "at": text} for n, (text, _) in enumerate(cases, 1)]
    house.load("cash_flows", write_csv(rows), "--timezone", zone, "--max-reject-rate", "1")
    found = {r["row"]: r["reason"] for r in house.run("rejects", "cash_flows", "--json").rows}
    landed = house.query("select _row as n, toString(at) as at from raw.cash_flows")
    found |= {r["n"]: r["at"] for r in landed}
    for number, (text, meaning) in enumerate(cases, 1):
        if meaning in ("ambiguous", "does not exist"):
            preposition = f"{meaning} in {zone} (clock change)"
            assert found[number] == preposition, text
        elif meaning == TIME:
            assert found[number] == TIME, text
        else:
            whole = meaning if "." in meaning else f"{meaning}.000000"
            assert found[number] == whole, text


def test_offsets_are_honoured(house: House, write_csv: WriteCsv) -> None:
    times = ["2026-01-05T12:00:00Z", "2026-01-05T12:00:00+00:00", "2026-01-05 13:00:00+01",
             "2026-01-05T17:30:00+0530", "2026-01-05T02:00:00 -10:00", "2026-01-05 12:00Z",
             "2026-01-06T02:00:00+14:00"]  # fmt: skip
    rows = [{**FLOW, "flow_id": f"f{n}", "at": text} for n, text in enumerate(times)]
    house.load("cash_flows", write_csv(rows))
    assert house.query("select distinct toString(at) as at from raw.cash_flows") == [
        {"at": "2026-01-05 12:00:00.000000"}
    ]


# -- more than twelve decimals --------------------------------------------------------------------

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
