"""The feed candles: corrections, bad bars, and the formats."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest

from tests.python.conftest import House, WriteCsv
from tests.python.integration.conftest import refused


def candle(**changes: str) -> dict[str, str]:
    return {"symbol": "BTC/USDT", "market": "spot", "venue": "v", "interval_s": "60",
            "opened_at": "2024-01-01T10:00:00Z", "open": "2", "high": "3", "low": "1",
            "close": "2.5", "volume": "10", **changes}  # fmt: skip


def candles(house: House) -> list[tuple[Any, ...]]:
    rows = house.query(
        "select market, venue, symbol, interval_s, toString(opened_at) as at, "
        "toString(open) as open, toString(high) as high, toString(low) as low, "
        "toString(close) as close, toString(volume) as volume, toString(quote_volume) as quote, "
        "trade_count as n from raw.candles order by market, symbol, opened_at"
    )
    return [tuple(row.values()) for row in rows]


def test_a_candle_is_corrected(house: House, write_csv: WriteCsv) -> None:
    first = write_csv([candle(), candle(opened_at="2024-01-01T10:01:00Z")])
    assert house.load("candles", first)["landed"] == 2
    rows = [candle(), candle(opened_at="2024-01-01T10:01:00Z", close="3"), candle(interval_s="300")]
    second = house.load("candles", write_csv(rows, "later.csv"))
    assert (second["landed"], second["duplicates"], second["corrected"]) == (2, 1, 1)


BAD = {
    ("low", "2.1"): "low above open",
    ("high", "2.4"): "close above high",
    ("open", "3.1"): "open above high",
    ("close", "0.5"): "low above close",
    ("open", "-2"): "not above 0",
    ("volume", "-1"): "below 0",
    ("interval_s", "0"): "not above 0",
    ("interval_s", "1m"): "not a whole number that fits UInt32",
}


def test_bad_candles_are_set_aside(house: House, write_csv: WriteCsv) -> None:
    rows = [candle(symbol=f"{n}", **{column: value}) for n, (column, value) in enumerate(BAD)]
    loaded = house.load("candles", write_csv([candle(), *rows]), "--max-reject-rate", "1")
    assert (loaded["landed"], loaded["rejected"]) == (1, len(BAD))
    found = {row["row"]: row["reasons"] for row in house.run("rejects", "candles", "--json").rows}
    for row, ((column, _), reason) in enumerate(BAD.items(), 2):
        assert f"{column}: {reason}" in found[row] or f"high: {reason}" in found[row] or (
            f"low: {reason}" in found[row]
        )  # fmt: skip


KLINE = "1637971200000,0.1,0.4,0.05,0.2,36304.2,1637971259999,7000.5,79,19523,0.55,0\n"
KLINE_US = "1736000040000000,0.1,0.4,0.05,0.2,1,1736000099999999,7,79,1,0.5,0\n"
HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
    "taker_buy_quote_volume,ignore\n"
)


def test_binance_klines(house: House, tmp_path: Path) -> None:
    """No header and milliseconds, microseconds, a header; the interval follows from the times."""
    command = ("--format", "binance_klines", "--set", "symbol=ADABTC")
    for name, text in {"ms.csv": KLINE, "us.csv": KLINE_US}.items():
        (tmp_path / name).write_text(text)
        house.load("candles", tmp_path / name, *command)
    later = HEADER + KLINE.replace("16379712", "16379715")
    (tmp_path / "um.csv").write_text(later)
    assert house.load("candles", tmp_path / "um.csv", *command)["rejected"] == 0
    assert candles(house) == [
        ("crypto_spot", "binance", "ADABTC", 60, "2021-11-27 00:00:00.000000",
         "0.1", "0.4", "0.05", "0.2", "36304.2", "7000.5", 79),
        ("crypto_spot", "binance", "ADABTC", 60, "2021-11-27 00:05:00.000000",
         "0.1", "0.4", "0.05", "0.2", "36304.2", "7000.5", 79),
        ("crypto_spot", "binance", "ADABTC", 60, "2025-01-04 14:14:00.000000",
         "0.1", "0.4", "0.05", "0.2", "1", "7", 79),
    ]  # fmt: skip


def lean(folder: Path, path: str, *lines: str) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{file.stem}.csv", "\n".join(lines) + "\n")
    return file


def test_lean_bars(house: House, tmp_path: Path) -> None:
    """What a bar is stands in its path: scale, zone, interval, symbol and, of minutes, the day."""
    files = [
        lean(tmp_path, "Data/equity/usa/hour/aapl.zip",
             "20210630 09:00,1370000,1375000,1369900,1372500,100"),
        lean(tmp_path, "Data/equity/usa/daily/aapl.zip",
             "20210104 00:00,1335000,1336100,1267600,1294100,100"),
        lean(tmp_path, "Data/forex/oanda/hour/eurusd.zip",
             "20070101 21:00,1.31927,1.31955,1.3187,1.31935,0,1.32027,1.32055,1.3197,1.32035,0"),
        lean(tmp_path, "Data/crypto/coinbase/minute/btcusd/20161007_trade.zip",
             "0,611.78,611.91,611.78,611.9,1.13872", "60000,611,612,610,611,2"),
    ]  # fmt: skip
    for file in files:
        assert house.load("candles", file, "--format", "lean_bars")["rejected"] == 0
    assert [row[:10] for row in candles(house)] == [
        ("crypto", "coinbase", "BTCUSD", 60, "2016-10-07 00:00:00.000000",
         "611.78", "611.91", "611.78", "611.9", "1.13872"),
        ("crypto", "coinbase", "BTCUSD", 60, "2016-10-07 00:01:00.000000",
         "611", "612", "610", "611", "2"),
        # New York is 5 hours behind in winter, 4 in summer
        ("equity", "usa", "AAPL", 86400, "2021-01-04 05:00:00.000000",
         "133.5", "133.61", "126.76", "129.41", "100"),
        ("equity", "usa", "AAPL", 3600, "2021-06-30 13:00:00.000000",
         "137", "137.5", "136.99", "137.25", "100"),
        # (1.31927 + 1.32027) / 2 = 1.31977
        ("forex", "oanda", "EURUSD", 3600, "2007-01-01 21:00:00.000000",
         "1.31977", "1.32005", "1.3192", "1.31985", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "line", "reason"),
    [
        ("aapl.zip", "20210630 09:00,1,1,1,1,1", "its path does not fit"),
        ("equity/usa/hour/aapl.zip", "20210630 09:00,1,1,1", "the first line has 4 columns"),
        ("equity/india/hour/x.zip", "20210630 09:00,1,1,1,1,1", "state it with --timezone"),
    ],
)
def test_lean_bars_that_do_not_fit(
    refusing: House, tmp_path: Path, path: str, line: str, reason: str
) -> None:
    file = lean(tmp_path, f"Data/{path}", line)
    assert reason in refused(refusing, "candles", file, "--format", "lean_bars")


def frame(folder: Path, name: str, volume: float = 1.5) -> Path:
    path = folder / name
    table = pa.table({"date": pa.array([1637000000000000], pa.timestamp("us", "UTC")),
                      "open": [0.05288000000000001], "high": [0.06], "low": [0.05],
                      "close": [0.06], "volume": [volume]})  # fmt: skip
    pyarrow.feather.write_feather(table, path)
    return path


def test_freqtrade_candles(house: House, tmp_path: Path) -> None:
    """The name of the file says of what they are, so the same bytes are candles of two symbols."""
    files = [frame(tmp_path, f"{name}.feather") for name in ("ETH_BTC-5m", "LTC_BTC-5m")]
    files.append(frame(tmp_path, "XRP_USDT_USDT-1h-futures.feather"))
    files.append(frame(tmp_path, "XRP_USDT_USDT-1h-mark.feather", float("nan")))
    command = ("--format", "freqtrade_candles", "--set", "venue=binance")
    for file in files:
        assert house.load("candles", file, *command)["landed"] == 1
    assert house.load("candles", files[0], *command)["repeated"]
    assert [(row[0], row[2], row[3], row[5], row[9]) for row in candles(house)] == [
        ("crypto_futures", "XRP/USDT:USDT", 3600, "0.05288", "1.5"),
        ("crypto_mark", "XRP/USDT:USDT", 3600, "0.05288", None),
        ("crypto_spot", "ETH/BTC", 300, "0.05288", "1.5"),
        ("crypto_spot", "LTC/BTC", 300, "0.05288", "1.5"),
    ]


def test_ohlcv_table(house: House, tmp_path: Path) -> None:
    """Whatever the time is called, in any case and order of rows; the zone is the command's."""
    path = tmp_path / "bars.csv"
    path.write_text("Timestamp,Open,High,Low,Close\n2017-01-04,2,3,1,2\n2017-01-03,1,2,1,2\n")
    given = [f"--set={column}={value}" for column, value in candle().items()
             if column in ("symbol", "market", "venue", "interval_s")]  # fmt: skip
    command = ("--format", "ohlcv_table", *given, "--timezone", "America/New_York")
    assert house.load("candles", path, *command)["landed"] == 2
    assert [row[4] for row in candles(house)] == [
        "2017-01-03 05:00:00.000000", "2017-01-04 05:00:00.000000"
    ]  # fmt: skip
    # the index of a data frame, without a name: the times, or beside them a number for each row
    path.write_text(",Open,High,Low,Close\n2017-01-03,1,2,1,2\n2017-01-05,2,3,1,2\n")
    again = house.load("candles", path, *command)
    assert (again["landed"], again["duplicates"]) == (1, 1)
    path.write_text(",Date,Open,High,Low,Close\n0,2017-01-05,2,3,1,2\n1,2017-01-06,2,3,1,2\n")
    again = house.load("candles", path, *command)
    assert (again["landed"], again["duplicates"]) == (1, 1)
