"""Bad input, file by file: one that does not fit is refused whole, in one line that says why."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from tests.python.conftest import House, trade
from tests.python.integration.conftest import raw_counts, refused

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
        "and name not in ('_batches', '_rejects', '_migrations', '_keys_trades', '_keys_signals') "
        "and startsWith(name, '_')"
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
