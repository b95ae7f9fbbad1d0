"""`write_sample`, the way from arguments to files and manifest."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from python_loaders.sample.accounts import SmallFile, account_files, account_name, flow_files
from python_loaders.sample.arguments import DAY_MS, END, check
from python_loaders.sample.engine import iso
from python_loaders.sample.files import Writer
from python_loaders.sample.indicator_values import (
    BAD_INDICATORS,
    INDICATED,
    INDICATOR_VALUES,
    INDICATORS,
    SESSIONS,
)
from python_loaders.sample.manifest import (
    GENERATOR,
    MANIFEST_NAME,
    claim,
    decimal_text,
    write_manifest,
)
from python_loaders.sample.market import (
    CLASSES,
    CURRENCIES,
    MAKER_BP,
    SALE_BP,
    STRATEGIES,
    SYMBOLS,
    TAKER_BP,
    VENUES,
)
from python_loaders.sample.plan import FeedPlan, PlannedFile
from python_loaders.sample.price_snapshots import BAD_PRICES, PRICES, QUOTED
from python_loaders.sample.sessions import HOUR_WEIGHTS, new_york_sessions
from python_loaders.sample.trade_rows import BAD_TRADES, TRADE_TEXT
from python_loaders.sample.trades import TRADES

Progress = Callable[[str, int], None]
"""Called after each file with its name and its number of rows."""


def shared_variables(seed: int, days: int, accounts: int, start: dt.datetime) -> dict[str, Any]:
    opens, closes = new_york_sessions(start.date(), days)
    starts = [sum(HOUR_WEIGHTS[:hour]) for hour in range(24)]
    hours = [hour for hour, weight in enumerate(HOUR_WEIGHTS) for _ in range(weight)]
    return {
        "seed": seed,
        "days": days,
        "accounts": accounts,
        "start_ms": int(start.timestamp()) * 1000,
        "weight_total": sum(HOUR_WEIGHTS),
        "hour_of": hours,
        "hour_start": starts,
        "hour_weight": list(HOUR_WEIGHTS),
        "session_open": opens,
        "session_close": closes,
        "short_percent": [45, 15, 0, 0],
        "leverages": [1, 2, 3, 5, 10, 20],
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
        "classes": list(CLASSES),
        "currencies": list(CURRENCIES),
        "venues": list(VENUES),
        "taker_bp": list(TAKER_BP),
        "maker_bp": list(MAKER_BP),
        "sale_bp": list(SALE_BP),
        "entry_reasons": ["signal", "breakout", "dip", "crossover", "schedule"],
        "exit_reasons": ["signal", "time_limit", "roi"],
        "tag_lists": ["[]", '["auto"]', '["swing","auto"]', '["manual","a \\"quoted\\" tag"]'],
        "quoted": list(QUOTED),
        "quoted_coins": sum(1 for symbol in QUOTED if symbol >= 15),
        "indicated": list(INDICATED),
        "indicated_n": len(INDICATED),
        "sessions": SESSIONS,
        "indicator_ids": [indicator[0] for indicator in INDICATORS],
        "indicator_types": [indicator[1] for indicator in INDICATORS],
        "indicator_names": [indicator[2] for indicator in INDICATORS],
    }


def series_step(n: int, series: int, days: int) -> dict[str, int]:
    """Number of series and the step between their values: an hour, or what the range leaves."""
    steps = max(1, -(-n // series))
    return {"series": series, "step_ms": min(3_600_000, days * DAY_MS // steps)}


def write_sample(
    directory: Path,
    *,
    days: int = 120,
    accounts: int = 8,
    trades: int = 100_000,
    prices: int = 50_000,
    indicators: int = 50_000,
    seed: int = 1,
    share_duplicates: float = 0.01,
    share_late: float = 0.02,
    share_corrections: float = 0.005,
    share_bad: float = 0.001,
    file_format: str = "csv",
    rows_per_file: int = 1_000_000,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write a sample into a directory and return its manifest.

    The range is the `days` before 2026-04-15 (UTC). `trades`, `prices` and `indicators` are
    numbers of keys; repeated, corrected and bad rows come on top. Shares are shares of the keys.
    Small feeds still show every kind of row once, as far as bad rows stay below 1% of a file.
    Memory depends on `rows_per_file` and `threads`, not on the size of the sample.

    Files of an earlier sample in the directory are replaced; others are never touched. Raises
    ValueError for an argument out of range and where a file of someone else is in the way.
    """
    settings = {
        "days": days,
        "accounts": accounts,
        "trades": trades,
        "prices": prices,
        "indicators": indicators,
        "seed": seed,
    }
    shares = {
        "share_duplicates": share_duplicates,
        "share_late": share_late,
        "share_corrections": share_corrections,
        "share_bad": share_bad,
    }
    check(settings, shares, file_format)
    if rows_per_file < 1:
        raise ValueError(f"rows_per_file is {rows_per_file}; give a number from 1")

    start = END - dt.timedelta(days=days)
    seed_key = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:4], "big")
    # Enough capital for the account's trades, however many: about eight units of it a trade.
    equity = -(-(20_000 + 8 * trades // accounts) // 1000) * 1000

    common = (share_duplicates, share_late)
    trade_plan = FeedPlan(
        "trades", 200, trades, rows_per_file, *common, share_corrections, share_bad,
        TRADES + TRADE_TEXT, BAD_TRADES,
    )  # fmt: skip
    price_plan = FeedPlan(
        "price_snapshots", 220, prices, rows_per_file, *common, 0, share_bad, PRICES, BAD_PRICES
    )
    indicator_plan = FeedPlan(
        "indicator_values", 240, indicators, rows_per_file, *common, share_corrections, share_bad,
        INDICATOR_VALUES, BAD_INDICATORS,
    )  # fmt: skip
    series = {
        "trades": {},
        "price_snapshots": series_step(prices, 3 * len(QUOTED), days),
        "indicator_values": series_step(
            indicators, SESSIONS * len(INDICATED) * len(INDICATORS), days
        ),
    }

    first_accounts, renamed_accounts = account_files(accounts, start, equity)
    plans = (trade_plan, price_plan, indicator_plan)
    order: list[SmallFile | PlannedFile] = [
        first_accounts,
        *flow_files(accounts, start, days, equity, seed_key),
    ]
    for plan in plans:
        order.extend(plan.files())
    order.append(renamed_accounts)

    parameters = {**settings, **shares, "rows_per_file": rows_per_file, "file_format": file_format}
    header = {
        "parameters": parameters,
        "range": {"start": iso(start), "end": iso(END)},
    }
    claim(directory, [file.name for file in order], header)
    writer = Writer(directory, threads, shared_variables(seed_key, days, accounts, start))
    entries: list[dict[str, Any]] = []
    current: FeedPlan | None = None
    for file in order:
        if isinstance(file, PlannedFile):
            if file.feed is not current:
                current = file.feed
                writer.set({**current.variables(), **series[current.feed]})
            entries.append(writer.planned(file))
        else:
            entries.append(writer.small(file))
        if progress is not None:
            progress(file.name, entries[-1]["rows"])

    writer.set(trade_plan.variables())
    by_account, by_strategy = writer.live_trades(trade_plan)
    writer.connection.close()
    live: dict[str, int] = {}
    for entry in entries:
        feed = entry["feed"]
        live[feed] = live.get(feed, 0) + entry["new"] - entry["deletions"]
    manifest: dict[str, Any] = {
        "generator": GENERATOR,
        "complete": True,
        **header,
        "load_order": (
            "as listed; only the files named *-corrections-* must come after the other files "
            "of their feed"
        ),
        "bad_columns": {plan.feed: plan.bad for plan in plans},
        "files": entries,
        "totals": {
            "rows": sum(entry["rows"] for entry in entries),
            "live_rows": live,
            "trades_by_account": {
                account_name(key): by_account.get(key, [0, 0])[0] for key in range(accounts)
            },
            "net_pnl_by_account": {
                account_name(key): decimal_text(by_account.get(key, [0, 0])[1])
                for key in range(accounts)
            },
            "trades_by_strategy": {
                STRATEGIES[key].name: entry[0] for key, entry in sorted(by_strategy.items())
            },
            "net_pnl_by_strategy": {
                STRATEGIES[key].name: decimal_text(entry[1])
                for key, entry in sorted(by_strategy.items())
            },
        },
    }
    write_manifest(directory / MANIFEST_NAME, manifest)
    return manifest
