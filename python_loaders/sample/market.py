"""Symbols, strategies and venues, and the path of every symbol's price."""

from __future__ import annotations

from dataclasses import dataclass

from python_loaders.sample.values import Variables

CLASSES = ("futures", "equities", "cs2", "spot")
CURRENCIES = ("USDT", "USD", "USD", "USDT")
CLASS_OF = (0, 3, 2, 3)  # by account modulo 4, but for the one account of equities
EQUITY_ACCOUNT = 1


@dataclass(frozen=True)
class Symbol:
    """An instrument: price level and tick in millionths, contract size in thousandths."""

    name: str
    price_e6: int
    tick_e6: int
    contract_milli: int = 1000


@dataclass(frozen=True)
class Strategy:
    """A way of trading: mean and deviation of the gross return, stop and target, in millionths."""

    name: str
    strategy_type: str
    edge_ppm: int
    deviation_ppm: int
    stop_ppm: int
    target_ppm: int


# Five symbols and three strategies for each of CLASSES, in its order.
SYMBOLS = (
    Symbol("BTC/USDT:USDT", 64_000_000_000, 100_000, 1),
    Symbol("ETH/USDT:USDT", 3_200_000_000, 10_000, 10),
    Symbol("SOL/USDT:USDT", 150_000_000, 10_000, 1000),
    Symbol("XRP/USDT:USDT", 620_000, 100, 10_000),
    Symbol("DOGE/USDT:USDT", 150_000, 10, 100_000),
    Symbol("AAPL", 228_000_000, 10_000),
    Symbol("MSFT", 431_000_000, 10_000),
    Symbol("NVDA", 176_000_000, 10_000),
    Symbol("KO", 71_000_000, 10_000),
    Symbol("SPY", 655_000_000, 10_000),
    Symbol("AK-47 | Redline (Field-Tested)", 34_000_000, 10_000),
    Symbol("AWP | Asiimov (Battle-Scarred)", 92_000_000, 10_000),
    Symbol("\u2605 Karambit | Doppler (Factory New)", 1_380_000_000, 10_000),
    Symbol('Sticker | "Boom", Holo', 21_000_000, 10_000),
    Symbol("Glove Case", 12_000_000, 10_000),
    Symbol("BTC/USDT", 64_000_000_000, 10_000),
    Symbol("ETH/USDT", 3_200_000_000, 10_000),
    Symbol("SOL/USDT", 150_000_000, 10_000),
    Symbol("ADA/USDT", 450_000, 100),
    Symbol("LINK/USDT", 14_200_000, 1_000),
)
STRATEGIES = (
    Strategy("trend_follow", "traditional", 9_000, 16_000, 15_000, 45_000),
    Strategy("ml_momentum", "ml", 2_500, 12_000, 12_000, 24_000),
    Strategy("martingale", "traditional", -8_000, 14_000, 30_000, 20_000),
    Strategy("opening_range", "traditional", 5_000, 9_000, 9_000, 25_000),
    Strategy("earnings_ml", "ml", 1_000, 10_000, 12_000, 20_000),
    Strategy("gap_fade", "hybrid", -6_000, 9_000, 15_000, 12_000),
    Strategy("spread_flip", "traditional", 240_000, 70_000, 0, 0),
    Strategy("undercut", "unknown", 120_000, 60_000, 0, 0),
    Strategy("hype_chase", "hybrid", 10_000, 90_000, 0, 0),
    Strategy("dip_buyer", "traditional", 8_000, 15_000, 15_000, 40_000),
    Strategy("news_hybrid", "hybrid", 1_500, 14_000, 14_000, 28_000),
    Strategy("coin_flip", "unknown", -6_000, 12_000, 20_000, 15_000),
)

VENUES = ("binance", "kraken", "coinbase", "nasdaq", "steam", "dmarket", "skinport")
TAKER_BP = (4, 8, 10, 0, 0, 0, 0)
MAKER_BP = (-1, 0, 2, 0, 0, 0, 0)  # below 0: a rebate
SALE_BP = (0, 0, 0, 0, 1500, 500, 800)  # what a marketplace keeps of a sale

VARIABLES: Variables = {
    "class_of": CLASS_OF,
    "classes": CLASSES,
    "currencies": CURRENCIES,
    "symbols": [symbol.name for symbol in SYMBOLS],
    "price_e6": [symbol.price_e6 for symbol in SYMBOLS],
    "tick_e6": [symbol.tick_e6 for symbol in SYMBOLS],
    "contract_milli": [symbol.contract_milli for symbol in SYMBOLS],
    "strategies": [strategy.name for strategy in STRATEGIES],
    "strategy_types": [strategy.strategy_type for strategy in STRATEGIES],
    "edge_ppm": [strategy.edge_ppm for strategy in STRATEGIES],
    "deviation_ppm": [strategy.deviation_ppm for strategy in STRATEGIES],
    "stop_ppm": [strategy.stop_ppm for strategy in STRATEGIES],
    "target_ppm": [strategy.target_ppm for strategy in STRATEGIES],
    "venues": VENUES,
    "taker_bp": TAKER_BP,
    "maker_bp": MAKER_BP,
    "sale_bp": SALE_BP,
}

MACROS = (
    # value noise: random levels at multiples of the period, straight lines between them
    """create temp macro noise(symbol, ms, period, k) as
        (
            (draw((ms // period) * 32 + symbol, k) & 65535) * (period - ms % period)
            + (draw((ms // period + 1) * 32 + symbol, k) & 65535) * (ms % period)
        ) // period - 32768""",
    # price of a symbol at an instant in millionths, within about 23% of its level
    """create temp macro quote_e6(symbol, ms) as
        getvariable('price_e6')[symbol + 1] * (
            1000000 + (
                300000 * noise(symbol, ms, 3456000000, 1)
                + 120000 * noise(symbol, ms, 518400000, 2)
                + 30000 * noise(symbol, ms, 43200000, 3)
                + 8000 * noise(symbol, ms, 2700000, 4)
            ) // 65536
        ) // 1000000""",
)


def class_of(account: int) -> int:
    """Position in CLASSES of what an account trades."""
    return 1 if account == EQUITY_ACCOUNT else CLASS_OF[account % 4]
