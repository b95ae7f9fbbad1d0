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

QUOTES = {
    ("quotes", "ticks-binance/usdm/btcusdt_20240808.gz", "--format", "binance_stream"): 66089,
    ("book_snapshots", "ticks-binance/usdm/btcusdt_20240808.gz", "--format", "binance_stream",
     "--set", "symbol=BTCUSDT"): 1,
    ("quotes", f"{NAUTILUS}/truefx/usdjpy-ticks.csv", "--format", "truefx_ticks",
     "--set", "symbol=USD/JPY"): 1000,
    ("quotes", f"{NAUTILUS}/quote_tick_data.csv", "--format", "histdata_ticks", "--timezone", "EST",
     "--set", "symbol=EUR/USD", "--set", "venue=x"): 9500,
    ("quotes", f"{NAUTILUS}/binance/btcusdt-quotes.parquet", "--format", "truefx_ticks",
     "--set", "venue=binance", "--set", "market=crypto_spot"): 451,
}  # fmt: skip

SKENDER = ("--format", "ohlcv_table", "--timezone", "America/New_York", "--set", "market=stocks",
           "--set", "venue=v", "--set", "interval_s=86400")  # fmt: skip

REFUSED: dict[tuple[str, ...], str] = {
    ("quotes", f"{NAUTILUS}/quote_tick_data.csv", "--format", "histdata_ticks",
     "--set", "symbol=EUR/USD", "--set", "venue=x"): "state it with --timezone",
    ("book_snapshots", f"{NAUTILUS}/binance/btcusdt-depth-snap.csv"): "unknown column",
    ("book_snapshots", f"{NAUTILUS}/binance/btcusdt-depth-update.csv"): "unknown column",
    ("book_snapshots", f"{NAUTILUS}/bybit/xrpusdt-ob500.data.zip", "--format", "binance_stream"):
        "a line is not a number, a space and a JSON object",
    ("book_snapshots", f"{NAUTILUS}/tardis/binance-futures_book_snapshot_25_BTCUSDT.csv"):
        "unknown column",
    ("book_snapshots", f"{NAUTILUS}/tardis/deribit_incremental_book_L2_BTC-PERPETUAL.csv"):
        "unknown column",
    ("book_snapshots", f"{NAUTILUS}/tardis/binance-futures_book_snapshot_5_BTCUSDT.csv"):
        "unknown column",
    ("quotes", f"{NAUTILUS}/tardis/huobi-dm-swap_quotes_BTC-USD.csv"): "unknown column",

    ("ticks", "ticks-binance/hyperliquid/btcusd_20250126.gz", "--format", "binance_stream"):
        "no rows in 7484 bytes; it has none, or format binance_stream does not fit",
    ("ticks", f"{FREQTRADE}/orderflow/candles.json.gz", "--format", "ccxt_trades"):
        "the JSON is no array; the format does not fit",
    ("ticks", f"{NAUTILUS}/tardis/bitmex_trades_XBTUSD.csv"): "unknown column 'exchange'",
    # rates, with nothing but an open
    ("candles", "candles-freqtrade/futures/XRP_USDT_USDT-8h-funding_rate.feather", "--format",
     "freqtrade_candles"): "its path does not fit",
    ("candles", "candles-lean/equity/usa/factor_files/aapl.csv", "--format", "lean_bars"):
        "does not fit",
    # which ticker was whose, and no bars
    ("candles", "candles-lean/equity/usa/map_files/aapl.csv", "--format", "lean_bars"):
        "does not fit",
    # from 1950 on
    ("candles", "ind-skender/quotes/longest.csv", *SKENDER, "--set", "symbol=x"):
        "5000 of 15821 rows are bad, above --max-reject-rate 0.01; most often opened_at: outside "
        "1970 to 2099",
    # the month first, which no rule tells from the day
    **{
        ("candles", f"ind-skender/quotes/{name}.csv", *SKENDER, "--set", "symbol=x"):
            f"{rows} of {rows} rows are bad, above --max-reject-rate 0.01; most often opened_at: "
            "not a time"
        for name, rows in {"mismatch": 502, "msft": 8111, "zeros": 200}.items()
    },
    # dates of the month first, some of them missing, and prices below 0
    ("candles", "ind-skender/quotes/bad.csv", *SKENDER, "--set", "symbol=x"):
        "502 of 502 rows are bad",
}  # fmt: skip


def test_real_ticks(house: House, real_data: Path) -> None:
    for (file, *options), expected in TICKS.items():
        loaded = house.load("ticks", real_data / file, *options)
        assert (loaded["read"], loaded["landed"], loaded["duplicates"]) == expected, file
        assert loaded["rejected"] == 0, file


def test_real_quotes_and_books(house: House, real_data: Path) -> None:
    for (feed, file, *options), rows in QUOTES.items():
        loaded = house.load(feed, real_data / file, *options)
        assert (loaded["read"], loaded["landed"], loaded["rejected"]) == (rows, rows, 0), file


def test_real_files_that_do_not_fit(house: House, real_data: Path) -> None:
    for (feed, file, *options), reason in REFUSED.items():
        answer = house.run("load", feed, real_data / file, *options)
        assert answer.code == 3, file
        assert reason in answer.err, (file, answer.err)


def given(**values: str) -> tuple[str, ...]:
    return tuple(f"--set={column}={value}" for column, value in values.items())


FEATHER = ("--format", "freqtrade_candles", "--set", "venue=binance")
LEAN = ("--format", "lean_bars")

# what shows a trap of its own: candles of a file, by default
CANDLES = {
    # the same bytes under two names
    ("candles-freqtrade/ETH_BTC-5m.feather", *FEATHER): 5760,
    ("candles-freqtrade/UNITTEST_BTC-5m.feather", *FEATHER): 5760,
    ("candles-freqtrade/futures/XRP_USDT_USDT-1h-mark.feather", *FEATHER): 100,
    ("candles-nautilus/ADABTC-1m-2021-11-27.csv", "--format", "binance_klines",
     *given(symbol="ADABTC")): 10,
    ("candles-lean/crypto/coinbase/minute/btcusd/20161007_trade.zip", *LEAN): 1419,
    ("candles-lean/equity/usa/daily/aapl.zip", *LEAN): 5849,
    ("ind-skender/quotes/default.csv", *SKENDER, "--set", "symbol=X"): 502,
}  # fmt: skip

BARS = ("--format", "ohlcv_table", *given(venue="v", interval_s="60", market="m"))
ALL_CANDLES: dict[tuple[str, ...], int] = {
    **CANDLES,
    ("bt-goog/GOOG.csv", *SKENDER, "--set", "symbol=GOOG"): 2148,
    ("candles-freqtrade/UNITTEST_BTC-1m.feather", *FEATHER): 13681,
    **{
        (f"candles-freqtrade/{name}.feather", *FEATHER): rows
        for name, rows in {
            "ADA_BTC-5m": 5720, "DASH_BTC-5m": 5758, "ETC_BTC-5m": 5759, "LTC_BTC-5m": 5760,
            "NXT_BTC-5m": 5760, "TRX_BTC-5m": 5754, "XLM_BTC-5m": 5760, "XMR_BTC-5m": 5758,
            "ZEC_BTC-5m": 5757, "XRP_ETH-5m": 706, "XRP_ETH-1m": 2469, "UNITTEST_BTC-30m": 1920,
            "futures/UNITTEST_USDT_USDT-1h-mark": 100, "futures/XRP_USDT_USDT-1h-futures": 100,
            "futures/XRP_USDT_USDT-8h-mark": 91,
        }.items()
    },
    ("candles-nautilus/ADABTC-1m-2021-11-28.csv", "--format", "binance_klines",
     *given(symbol="ADABTC")): 11,
    ("candles-lean/crypto/coinbase/minute/btcusd/20161008_trade.zip", *LEAN): 1400,
    ("candles-lean/crypto/coinbase/minute/btcusd/20161009_trade.zip", *LEAN): 1397,
    **{
        (f"ind-skender/quotes/{name}.csv", *SKENDER, "--set", f"symbol={name}"): rows
        for name, rows in {"bitcoin": 1246, "compare": 502, "penny": 533}.items()
    },
    ("ind-skender/quotes/intraday.csv", *BARS, *given(symbol="intraday"),
     "--timezone", "America/New_York"): 1564,
    ("candles-freqtrade/futures/XRP_USDT_USDT-5m-futures.feather", *FEATHER): 1999,
    ("candles-nautilus/gbpusd-m1-bid-2012.csv.gz", *BARS, *given(symbol="bid")): 30117,
    ("candles-nautilus/gbpusd-m1-ask-2012.csv.gz", *BARS, *given(symbol="ask")): 30117,
    ("candles-nautilus/btc-perp-20211231-20220201_1m.csv.gz", *BARS, *given(symbol="perp"),
     "--timezone", "UTC"): 45031,
    ("candles-lean/forex/oanda/hour/eurusd.zip", *LEAN): 74439,
    ("candles-lean/equity/usa/hour/aapl.zip", *LEAN): 40831,
    ("candles-lean/crypto/coinbase/daily/btcusd_trade.zip", *LEAN): 1318,
}  # fmt: skip


def check_candles(house: House, real_data: Path, files: dict[tuple[str, ...], int]) -> None:
    for (file, *options), rows in files.items():
        loaded = house.load("candles", real_data / file, *options)
        assert (loaded["read"], loaded["landed"], loaded["rejected"]) == (rows, rows, 0), file


def test_real_candles(house: House, real_data: Path) -> None:
    check_candles(house, real_data, CANDLES)
    # ten thousandths of a dollar, and midnight of New York
    first = house.query(
        "select toString(opened_at) as at, toString(open) as open from raw.candles "
        "where symbol = 'AAPL' order by opened_at limit 1"
    )
    assert first == [{"at": "1998-01-02 05:00:00.000000", "open": "13.63"}]


def test_every_file_is_named_here(real_data: Path) -> None:
    """What lands and what is refused is every file that there is."""
    named = {file for file, *_ in (*TICKS, *ALL_CANDLES)}
    named |= {file for _, file, *_ in (*QUOTES, *REFUSED)}
    folders = ("ticks-*/**/*", "candles-*/**/*", "ind-skender/quotes/*", "bt-goog/GOOG.csv")
    files = {path for folder in folders for path in real_data.glob(folder) if path.is_file()}
    texts = {"SOURCE.txt", "readme.md"}
    assert named == {str(path.relative_to(real_data)) for path in files if path.name not in texts}


@pytest.mark.long
def test_all_real_candles(house: House, real_data: Path) -> None:
    check_candles(house, real_data, ALL_CANDLES)
