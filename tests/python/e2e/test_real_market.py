"""Real ticks, quotes, books and candles: every file lands, or says why it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.conftest import House

pytestmark = pytest.mark.real_data

FREQTRADE = "ticks-freqtrade"
NAUTILUS = "ticks-nautilus"

# file, options: read, landed, duplicates
TICKS = {
    ("ticks-binance/usdm/btcusdt_20240808.gz", "--format", "binance_stream"): (21313, 21313, 0),
    (f"{FREQTRADE}/XRP_ETH-trades.json.gz", "--format", "ccxt_trades", "--set", "symbol=XRP/ETH",
     "--set", "venue=binance"): (12477, 12477, 0),
    # the same trades in another encoding
    (f"{FREQTRADE}/XRP_OLD-trades.json.gz", "--format", "ccxt_trades",
     "--set", "venue=binance"): (12477, 0, 12477),
    (f"{FREQTRADE}/orderflow/public_trades_list.csv", "--format", "freqtrade_trades",
     "--set", "symbol=ETH/USDT", "--set", "venue=binance"): (1000, 1000, 0),
    # 48 rows like another of the file are prints
    (f"{FREQTRADE}/kraken/trades_csv/BCHEUR.csv", "--format", "kraken_trades",
     "--set", "symbol=BCH/EUR"): (148, 148, 0),
    (f"{FREQTRADE}/kraken/trades_csv/incremental_q2/BCHEUR.csv", "--format", "kraken_trades",
     "--set", "symbol=BCH/EUR"): (486, 486, 0),
    (f"{NAUTILUS}/binance/btcusdt-trades.parquet", "--format", "binance_trades",
     "--set", "symbol=BTCUSDT"): (2001, 2001, 0),
}  # fmt: skip

REFUSED = {
    ("ticks", "ticks-binance/hyperliquid/btcusd_20250126.gz", "--format", "binance_stream"):
        "no rows in 7484 bytes; format binance_stream does not fit",
    ("ticks", f"{FREQTRADE}/orderflow/candles.json.gz", "--format", "ccxt_trades",
     "--set", "venue=binance", "--set", "symbol=x"): "1 of 1 rows are bad",
    ("ticks", f"{NAUTILUS}/tardis/bitmex_trades_XBTUSD.csv"): "unknown column 'exchange'",
}  # fmt: skip


def test_real_ticks(house: House, real_data: Path) -> None:
    for (file, *options), expected in TICKS.items():
        loaded = house.load("ticks", real_data / file, *options)
        assert (loaded["read"], loaded["landed"], loaded["duplicates"]) == expected, file
        assert loaded["rejected"] == 0, file


def test_real_files_that_do_not_fit(house: House, real_data: Path) -> None:
    for (feed, file, *options), reason in REFUSED.items():
        answer = house.run("load", feed, real_data / file, *options)
        assert answer.code == 3, file
        assert reason in answer.err, (file, answer.err)
