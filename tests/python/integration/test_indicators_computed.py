"""Indicators computed in SQL equal TA-Lib on real series, and are NULL where it has no value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import talib

from python_loaders.loader import Options
from tests.python.marts import Marts, fresh_marts

pytestmark = pytest.mark.real_data

Series = npt.NDArray[np.float64]
MODELS = ("fct_indicators", *(f"fct_indicators_{name}" for name in ("1m", "5m", "1d")))
UPSTREAM = (
    "stg_ticks", "stg_candles", "fct_candles", *(f"agg_candles_{name}" for name in
    ("1m", "5m", "15m", "1h", "4h", "1d")),
)  # fmt: skip


def bars(symbol: str, interval_s: int) -> dict[str, Any]:
    return {
        "format": "ohlcv_table",
        "timezone": "UTC",
        "constants": {"venue": "v", "market": "m", "symbol": symbol, "interval_s": str(interval_s)},
    }


# symbol and interval: file and how it is read
SERIES: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("default", "1d"): ("ind-skender/quotes/default.csv", bars("default", 86400)),
    ("bitcoin", "1d"): ("ind-skender/quotes/bitcoin.csv", bars("bitcoin", 86400)),
    ("penny", "1d"): ("ind-skender/quotes/penny.csv", bars("penny", 86400)),
    ("AAPL", "1d"): ("candles-lean/equity/usa/daily/aapl.zip", {"format": "lean_bars"}),
    ("intraday", "1m"): ("ind-skender/quotes/intraday.csv", bars("intraday", 60)),
    ("ETH/BTC", "5m"): (
        "candles-freqtrade/ETH_BTC-5m.feather",
        {"format": "freqtrade_candles", "constants": {"venue": "v"}},
    ),
}


@pytest.fixture(scope="module")
def marts(
    warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory, real_data: Path
) -> Iterator[Marts]:
    with fresh_marts(warehouse_path, tmp_path_factory) as fresh:
        for file, options in SERIES.values():
            fresh.load_file("candles", real_data / file, Options(**options))
        fresh.dbt("seed", "--select", "venues")
        fresh.build(*UPSTREAM, *MODELS)
        yield fresh


def oracle(high: Series, low: Series, close: Series, volume: Series) -> dict[str, Series]:
    macd, signal, hist = talib.MACD(close, 12, 26, 9)
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    slow_k, slow_d = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    return {
        "sma_20": talib.SMA(close, 20),
        "ema_20": talib.EMA(close, 20),
        "wma_14": talib.WMA(close, 14),
        "rsi_14": talib.RSI(close, 14),
        "macd_12_26_9": macd,
        "macd_signal_12_26_9": signal,
        "macd_hist_12_26_9": hist,
        "bb_upper_20": upper,
        "bb_middle_20": middle,
        "bb_lower_20": lower,
        "stdev_14": talib.STDDEV(close, 14, 1),
        "atr_14": talib.ATR(high, low, close, 14),
        "stoch_k_14_3_3": slow_k,
        "stoch_d_14_3_3": slow_d,
        "adx_14": talib.ADX(high, low, close, 14),
        "plus_di_14": talib.PLUS_DI(high, low, close, 14),
        "minus_di_14": talib.MINUS_DI(high, low, close, 14),
        "cci_20": talib.CCI(high, low, close, 20),
        "roc_14": talib.ROC(close, 14),
        "obv": talib.OBV(close, volume),
        "mfi_14": talib.MFI(high, low, close, volume, 14),
    }


@pytest.mark.parametrize(("symbol", "interval"), list(SERIES))
def test_every_indicator_equals_talib(marts: Marts, symbol: str, interval: str) -> None:
    prices = "toFloat64(high), toFloat64(low), toFloat64(close), toFloat64(volume)"
    rows = marts.query(
        f"select {prices} from {{marts}}.fct_candles where symbol = '{symbol}' order by opened_at"
    )
    high, low, close, volume = np.array(rows, dtype=np.float64).T.copy()
    expected = oracle(high, low, close, volume)
    found = marts.query(
        f"select {', '.join(expected)} from {{marts}}.fct_indicators_{interval} "
        f"where symbol = '{symbol}' and origin = 'source' order by opened_at"
    )
    assert len(found) == len(rows) > 500
    for number, (name, right) in enumerate(expected.items()):
        series = np.array([row[number] for row in found], dtype=np.float64)
        assert (np.isnan(series) == np.isnan(right)).all(), name
        # a difference of two means crosses 0, where only the means can be compared
        scale = np.abs(close) * 1e-3 if name.startswith("macd") else np.zeros(len(right))
        difference = np.abs(series - right)
        bound = 1e-9 * np.maximum(np.abs(right), scale) + 1e-12
        assert not (difference > bound).any(), (name, np.nanmax(difference))


# column: file and field of the results that another library published for the series `default`
PUBLISHED = {
    "sma_20": ("sma", "sma"),
    "ema_20": ("ema", "ema"),
    "wma_14": ("wma", "wma"),
    "rsi_14": ("rsi", "rsi"),
    "roc_14": ("roc", "roc"),
    "stdev_14": ("stdev", "stdDev"),
    "atr_14": ("atr", "atr"),
    "bb_upper_20": ("bb", "upperBand"),
    "bb_lower_20": ("bb", "lowerBand"),
    "cci_20": ("cci", "cci"),
    "mfi_14": ("mfi", "mfi"),
}


def test_indicators_equal_published_results(marts: Marts, real_data: Path) -> None:
    found = marts.query(
        f"select {', '.join(PUBLISHED)} from {{marts}}.fct_indicators_1d "
        "where symbol = 'default' order by opened_at"
    )
    for number, (name, (file, field)) in enumerate(PUBLISHED.items()):
        path = real_data / "ind-skender" / "results" / f"{file}.standard.json"
        published = [row[field] for row in json.loads(path.read_text(encoding="utf-8"))]
        series = [row[number] for row in found]
        assert [value is None for value in series] == [value is None for value in published], name
        pairs = [pair for pair in zip(series, published, strict=True) if pair[0] is not None]
        assert [value for value, _ in pairs] == pytest.approx(
            [right for _, right in pairs], rel=1e-9
        ), name


def test_a_late_candle_changes_what_comes_after_it(marts: Marts) -> None:
    """Built again after a correction: as a full build of the corrected candles, which it is."""
    columns = "bar, sma_20, ema_20, rsi_14, undefined_metrics"
    query = (
        f"select {columns} from {{marts}}.fct_indicators_1d where symbol = 'default' order by bar"
    )
    before = marts.query(query)
    day, close = marts.query(
        "select formatDateTime(opened_at, '%FT%TZ'), toString(high) from {marts}.fct_candles "
        "where symbol = 'default' order by opened_at limit 1 offset 250"
    )[0]
    old = marts.query(
        "select toString(open), toString(high), toString(low) from {marts}.fct_candles "
        "where symbol = 'default' order by opened_at limit 1 offset 250"
    )[0]
    marts.load(
        "candles",
        [{"market": "m", "venue": "v", "symbol": "default", "interval_s": "86400",
          "opened_at": day, "open": old[0], "high": old[1], "low": old[2], "close": close}],
    )  # fmt: skip
    marts.build("fct_candles", "fct_indicators")
    after = marts.query(query)
    assert before[:250] == after[:250]
    assert all(old != new for old, new in zip(before[250:], after[250:], strict=True))
    # the correction gives no volume, so what needs one is unknown from there on
    assert "obv=no_volume;" in after[250][-1] and "obv" not in before[250][-1]
