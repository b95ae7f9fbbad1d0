"""Deterministic synthetic input in the canonical formats, with a manifest of what it contains.

Everything is integer arithmetic on a counter: row *j* of a feed is a function of (seed, j), so a
file of any size streams out of DuckDB in constant memory, and the same arguments give the same
bytes on every machine, with any number of threads and any DuckDB version. No floating-point
function and none of DuckDB's own hash or random functions takes part.

A feed is ``n`` keys in the order of time. Its files, in the order in which they are to be loaded:

* main files, consecutive ranges of the keys, with repeated rows and bad rows between them;
* late files, the newest keys mixed with keys that the main files left out long before;
* correction files (upsert feeds), other content or a deletion for keys that are already there.

The manifest counts for every file what a loader must find: ``rows = landed + duplicates +
rejected`` with ``landed = new + corrections + deletions``. Order matters for the corrections alone,
which must come after the rows they correct.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

Progress = Callable[[str, int], None]
"""Called after each file with its name and its number of rows."""

GENERATOR = "tradehouse sample"
MANIFEST_NAME = "manifest.json"
END = dt.datetime(2026, 4, 15, tzinfo=dt.timezone.utc)
MAX_TRADES = 100_000_000

DAY_MS = 86_400_000
MONEY_DIGITS = 10  # net profits are exact at this many decimals

KINDS = ("bot", "user", "agent", "backtest")
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo")
CLASSES = ("futures", "equities", "cs2", "spot")
CURRENCIES = ("USDT", "USD", "USD", "USDT")
EQUITY_ACCOUNT = 1  # the one account with 252 periods a year

# Trades of a day by UTC hour: quiet in the small hours, busiest while Europe and America overlap.
HOUR_WEIGHTS = (3, 2, 2, 2, 2, 2, 3, 5, 7, 7, 6, 6, 7, 9, 11, 11, 10, 9, 8, 7, 6, 5, 4, 3)

BAD_TRADES = {
    "not_a_number": "entry_price",
    "negative_price": "entry_price",
    "closed_before_opened": "closed_at",
    "unknown_side": "side",
    "nan": "quantity",
    "impossible_date": "opened_at",
    "invalid_json": "attributes",
}
BAD_PRICES = {
    "not_a_number": "price",
    "negative_price": "price",
    "out_of_range": "liquidity_score",
    "nan": "volume",
    "impossible_date": "snapshot_at",
}
BAD_INDICATORS = {
    "not_a_number": "value",
    "nan": "value",
    "infinite": "value",
    "out_of_range": "confidence",
    "impossible_date": "ts",
}


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
QUOTED = (15, 16, 17, 10, 11, 12, 14)  # the symbols of price_snapshots, each on three venues

INDICATORS = (
    ("RSI_14", "rsi", "Relative strength index, 14 bars"),
    ("RSI_140", "rsi", "Relative strength index, 140 bars"),
    ("EMA_20", "ema", "Exponential moving average, 20 bars"),
    ("SMA_50", "sma", "Simple moving average, 50 bars"),
    ("ATR_14", "atr", "Average true range, 14 bars"),
)
SESSIONS = 2
INDICATED = (15, 16, 17)  # the symbols of indicator_values

# --------------------------------------------------------------------------------------------
# SQL. Parameters are DuckDB variables, so no value is ever formatted into a statement.

MACROS = (
    "create temp macro half(x) as (xor(x, x >> 16) * 73244475) & 4294967295",
    "create temp macro mix(x) as xor(half(half(x)), half(half(x)) >> 16)",
    # 32 bits of stream k at position i
    """create temp macro draw(i, k) as
        mix(xor(i, (getvariable('seed') + k * 2654435761) & 4294967295))""",
    """create temp macro units(x, digits) as case digits
        when 4 then cast(cast(x as decimal(18, 0)) * cast('0.0001' as decimal(4, 4)) as varchar)
        when 6 then cast(cast(x as decimal(18, 0)) * cast('0.000001' as decimal(6, 6)) as varchar)
        else cast(cast(x as decimal(18, 0)) * cast('0.0000000001' as decimal(10, 10)) as varchar)
    end""",
    "create temp macro iso(us) as strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%S.%fZ')",
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
    # chosen keys: `count` blocks of `period` keys, one in each
    """create temp macro chosen(ordinal, period, k) as
        ordinal * period + draw(ordinal, getvariable('salt') + k) % period""",
    """create temp macro is_chosen(i, period, count, k) as
        i < period * count and i = chosen(i // period, period, k)""",
    """create temp macro is_late(i) as
        is_chosen(i, getvariable('late_period'), getvariable('late_count'), 1)""",
    """create temp macro is_corrected(i) as
        is_chosen(i, getvariable('fix_period'), getvariable('fix_count'), 2)""",
    # what happens to a corrected key, by the ordinal of its block; see ROW_KINDS
    """create temp macro fix_kind(ordinal) as case ordinal % 8
        when 2 then 11 when 3 then 12 when 4 then 13 when 5 then 15
        when 6 then 20 when 7 then 21 else 10
    end""",
)

# A slot is one row of a file: key * 1000 + what the row is.
ROW_KINDS = {
    0: "new",
    1: "duplicates_in_file",
    2: "duplicates_across",
    3: "late",
    10: "corrections",  # amounts
    11: "corrections",  # moved by a day
    12: "corrections",  # moved by half the range, so to another month
    13: "corrections",  # another strategy
    14: "superseded_in_file",  # amounts; the key comes again in the same file
    15: "corrections",  # amounts, after a 14
    20: "deletions",  # the key alone
    21: "deletions",  # the whole row
}  # from 100 on: bad rows, by the position of the reason

MAIN_SLOTS = """
    select unnest([
        case when not is_late(i) then i * 1000 end,
        case
            when not repeats then null
            when earlier is not null and not is_late(earlier) then earlier * 1000 + 2
            when within is not null and not is_late(within) then within * 1000 + 1
        end,
        case
            when spoils
                then i * 1000 + 100 + (i // getvariable('bad_period')) % getvariable('bad_kinds')
        end,
    ]) as slot
    from (
        select
            i,
            is_chosen(i, getvariable('copy_period'), getvariable('copy_count'), 3) as repeats,
            i < getvariable('bad_period') * getvariable('bad_count')
            and i % getvariable('bad_period') = getvariable('bad_period') // 2 as spoils,
            case when (i // getvariable('copy_period')) % 2 = 1 and getvariable('lo') > 0
                then draw(i, getvariable('salt') + 4) % getvariable('lo')
            end as earlier,
            case when i > getvariable('lo')
                then getvariable('lo')
                    + draw(i, getvariable('salt') + 5) % (i - getvariable('lo'))
            end as within
        from (select range as i from range(getvariable('lo'), getvariable('hi')))
    )
"""

# Every second row late, the others from the newest keys; now and then a row of a main file again.
LATE_SLOTS = """
    select unnest([
        chosen(i, getvariable('late_period'), 1) * 1000 + 3,
        (getvariable('main_n') + i) * 1000,
        case when i % 50 = 3 and not is_late(again) then again * 1000 + 2 end,
    ]) as slot
    from (
        select
            range as i,
            draw(range, getvariable('salt') + 6) % getvariable('main_n') as again
        from range(getvariable('lo'), getvariable('hi'))
    )
"""

FIX_SLOTS = """
    select unnest([
        case when fix_kind(i) = 15 then fixed * 1000 + 14 end,
        fixed * 1000 + fix_kind(i),
        case when i % 8 = 0 and not is_corrected(again) then again * 1000 + 2 end,
    ]) as slot
    from (
        select
            range as i,
            chosen(range, getvariable('fix_period'), 2) as fixed,
            draw(range, getvariable('salt') + 7) % getvariable('n') as again
        from range(getvariable('lo'), getvariable('hi'))
    )
"""

# The version of each key that is live once every file is loaded.
LIVE_SLOTS = """
    select case
        when not is_corrected(i) then i * 1000
        when fix_kind(i // getvariable('fix_period')) < 20
            then i * 1000 + fix_kind(i // getvariable('fix_period'))
    end as slot
    from (select range as i from range(getvariable('lo'), getvariable('hi')))
"""

SLOTS = """
    with slots as not materialized (
        select slot // 1000 as j, slot % 1000 as kind
        from (
"""

SLOTS_END = """
        )
        where slot is not null
    ),
"""

COUNT_SLOTS = """
    final as (select kind, count(*) as slots from slots group by kind)
    select kind, slots from final order by kind
"""

TRADES = """
    timed as not materialized (
        select
            *,
            j * getvariable('days') // getvariable('n') as day,
            -- the day's trades pass through the hour weights in order, so keys stay in time order
            (
                (j * getvariable('days')) % getvariable('n')
                * (getvariable('weight_total') * 65536)
            ) // getvariable('n') as progress,
            draw(j, 10) as h_account,
            draw(j, 11) as h_symbol,
            draw(j, 12) as h_strategy,
            draw(j, 13) as h_side,
            draw(j, 14) as h_venue,
            draw(j, 15) as h_size,
            draw(j, 16) as h_hold,
            draw(j, 17) as h_return,
            draw(j, 18) as h_tail,
            draw(j, 19) as h_guard,
            draw(j, 20) as h_range,
            draw(j, 21) as h_fee,
            draw(j, 22) as h_text,
            draw(j, 23) as h_micro,
        from slots
    ),
    clocked as not materialized (
        select
            *,
            getvariable('hour_of')[progress // 65536 + 1] as hour_of_day,
        from timed
    ),
    dated as not materialized (
        select
            *,
            hour_of_day * 3600000
            + (progress - getvariable('hour_start')[hour_of_day + 1] * 65536) * 3600000
            // (getvariable('hour_weight')[hour_of_day + 1] * 65536) as day_ms,
        from clocked
    ),
    owned as not materialized (
        select
            *,
            case
                when wanted <> 1
                    or day_ms between getvariable('session_open')[day + 1]
                    and getvariable('session_close')[day + 1]
                    then wanted
                when h_text % getvariable('accounts') = 1 then 0
                else h_text % getvariable('accounts')
            end as account,
        from (
            select
                *,
                (((h_account >> 1) * (h_account >> 1)) >> 31)
                * getvariable('accounts') >> 31 as wanted,
            from dated
        )
    ),
    classed as not materialized (
        select
            *,
            case when account = 1 then 1 when account % 4 = 0 then 0 when account % 4 = 2 then 2
                else 3 end as class,
            getvariable('start_ms') + day * 86400000 + day_ms as first_closed_ms,
            case
                when account = 1 then 0
                when kind = 11 then 86400000
                when kind = 12 then getvariable('days') // 2 * 86400000
                else 0
            end as moved_ms,
        from owned
    ),
    closed as not materialized (
        select
            *,
            case when first_closed_ms - moved_ms >= getvariable('start_ms')
                then first_closed_ms - moved_ms else first_closed_ms + moved_ms
            end as closed_ms,
            class * 5 + h_symbol % 5 as symbol_n,
            class * 3 + h_strategy % 3 as plan_n,
            class * 3 + (h_strategy + case when kind = 13 then 1 else 0 end) % 3 as strategy_n,
            case when h_side % 100 < getvariable('short_percent')[class + 1] then -1 else 1
            end as direction,
            case class when 1 then 3 when 2 then 4 + h_venue % 3 else h_venue % 3
            end as entry_venue_n,
            case class when 1 then 3 when 2 then 4 + (h_venue % 3 + 1 + (h_venue >> 8) % 2) % 3
                else h_venue % 3 end as exit_venue_n,
            -- a product of two uniform numbers: mostly short, sometimes long
            ((h_hold & 65535) * (h_hold >> 16)) >> 16 as hold_e16,
        from classed
    ),
    opened as not materialized (
        select
            *,
            closed_ms - least(closed_ms - getvariable('start_ms'), case
                when class = 0 then 60000 + 259200000 * hold_e16 // 65536
                when class = 1
                    then (day_ms - getvariable('session_open')[day + 1]) * hold_e16 // 65536
                when class = 2 then 604800000 + 432000000 * hold_e16 // 65536
                when h_micro % 200 = 0 then 0
                else 300000 + 518400000 * hold_e16 // 65536
            end) as opened_ms,
            getvariable('tick_e6')[symbol_n + 1] as tick,
            getvariable('contract_milli')[symbol_n + 1] as contract_milli,
            getvariable('stop_ppm')[plan_n + 1] as stop_ppm,
            getvariable('target_ppm')[plan_n + 1] as target_ppm,
            getvariable('edge_ppm')[plan_n + 1] as edge_ppm,
            getvariable('deviation_ppm')[plan_n + 1] as deviation_ppm,
        from closed
    ),
    entered as not materialized (
        select
            *,
            greatest(1, quote_e6(symbol_n, opened_ms) * (1000000 + h_range % 400 - 200)
                // 1000000 // tick) * tick as entry,
            stop_ppm > 0 and h_guard % 100 < 65 as has_stop,
            target_ppm > 0 and (h_guard >> 8) % 100 < 50 as has_target,
            -- three uniform numbers make a bell; one in forty is three times as wide
            greatest(-900000, edge_ppm + deviation_ppm * (
                (h_return & 65535) + (h_return >> 16) + (h_tail & 65535) - 98303
            ) * case when (h_tail >> 16) % 40 = 0 then 3 else 1 end // 32768) as free_ppm,
        from opened
    ),
    guarded as not materialized (
        select
            *,
            case
                when has_stop and free_ppm <= -stop_ppm then -stop_ppm
                when has_target and free_ppm >= target_ppm then target_ppm
                else free_ppm
            end as return_ppm,
            case when has_stop
                then entry * (1000000 - direction * stop_ppm) // 1000000 // tick * tick
            end as stop,
            case when has_target
                then entry * (1000000 + direction * target_ppm) // 1000000 // tick * tick
            end as target,
        from entered
    ),
    sized as not materialized (
        select
            *,
            greatest(1, entry * (1000000 + direction * return_ppm) // 1000000 // tick) * tick
            + case when kind in (10, 14) then 2 * tick when kind = 15 then 3 * tick else 0
            end as exit,
            case
                when class = 2 then 10000
                when class = 3 then (200 + h_size % 3000) * 10000000000 // entry
                else greatest(1, (200 + h_size % 3000) * 1000000000
                    // (entry * contract_milli)) * 10000
            end as quantity,
            case when class = 0 then getvariable('leverages')[h_size // 4096 % 6 + 1] else 1
            end as leverage,
        from guarded
    ),
    traded as not materialized (
        select
            *,
            quantity * contract_milli // 1000 as units_e4,
            case when class = 0 then closed_ms // 28800000 - opened_ms // 28800000 else 0
            end as fundings,
        from sized
    ),
    charged as not materialized (
        select
            *,
            case class when 1 then 10000000000 when 2 then 0 else entry * units_e4 // 1000000 * case
                when h_fee % 100 < 20 then getvariable('maker_bp')[entry_venue_n + 1]
                else getvariable('taker_bp')[entry_venue_n + 1]
            end * 100 end as entry_fee,
            case class
                when 1 then 10000000000
                when 2 then exit * units_e4 // 1000000 * getvariable('sale_bp')[exit_venue_n + 1]
                    * 100
                else exit * units_e4 // 1000000 * case
                    when (h_fee >> 8) % 100 < 20 then getvariable('maker_bp')[exit_venue_n + 1]
                    else getvariable('taker_bp')[exit_venue_n + 1]
                end * 100
            end + case when kind in (10, 11, 12, 14) then 500000000
                when kind = 15 then 700000000 else 0
            end as exit_fee,
            -- -1 to 2 basis points every eight hours, paid by the longs where positive
            -direction * fundings * (entry * units_e4 // 100000000 * ((h_fee >> 16) % 300 - 100))
            * 100 as funding,
        from traded
    ),
    settled as not materialized (
        select
            *,
            direction * (exit - entry) * units_e4 - entry_fee - exit_fee + funding as net,
            least(entry, exit) * (1000000 - (h_range >> 8) % 6000) // 1000000 // tick * tick
            as free_low,
            greatest(entry, exit) * (1000000 + (h_range >> 16) % 6000) // 1000000 // tick * tick
            as free_high,
        from charged
    ),
"""

# A stop or target that was not hit also bounds the prices seen.
TRADE_TEXT = """
    bounded as not materialized (
        select
            *,
            kind - 100 as bad,
            kind <> 20 as whole,
            least(entry, exit, greatest(free_low, case when direction > 0 then stop else target
            end)) as low,
            greatest(entry, exit, least(free_high, case when direction > 0 then target else stop
            end)) as high,
            h_text % 10 < 7 as reports,
        from settled
    ),
    final as not materialized (
        select
            *,
            't' || lpad(cast(j as varchar), 9, '0') || case when bad >= 0 then 'x' else '' end
            as trade_id,
            'acc-' || lpad(cast(account + 1 as varchar), 4, '0') as account_id,
            closed_ms * 1000 + 500 + h_micro % 500 as closed_us,
            opened_ms * 1000 + (h_micro >> 16) % 500 as opened_us,
        from bounded
    )
    select
        trade_id,
        account_id,
        case when whole and account % 4 in (0, 2) then 'agent-' || cast(account // 2 + 1 as varchar)
        end as agent_id,
        case when whole then getvariable('symbols')[symbol_n + 1] end as symbol,
        case when whole then getvariable('classes')[class + 1] end as market,
        case when whole then getvariable('strategies')[strategy_n + 1] end as strategy,
        case when whole then getvariable('strategy_types')[strategy_n + 1] end as strategy_type,
        case when not whole then null when bad = 3 then 'sideways'
            when direction > 0 then 'long' else 'short' end as side,
        case when whole then getvariable('venues')[entry_venue_n + 1] end as venue_entry,
        case when whole then getvariable('venues')[exit_venue_n + 1] end as venue_exit,
        case when not whole then null when bad = 0 then '12.3.4' when bad = 1 then '-' else '' end
        || case when bad = 0 then '' when whole then units(entry, 6) end as entry_price,
        case when whole then units(exit, 6) end as exit_price,
        case when not whole then null when bad = 4 then 'NaN' else units(quantity, 4) end
        as quantity,
        case when whole then cast(leverage as varchar) end as leverage,
        case when not whole then null when contract_milli % 1000 = 0
            then cast(contract_milli // 1000 as varchar)
            else '0.' || lpad(cast(contract_milli as varchar), 3, '0') end as contract_size,
        case when whole then units(entry_fee, 10) end as entry_fee,
        case when whole then units(exit_fee, 10) end as exit_fee,
        case when whole then units(funding, 10) end as funding,
        case when whole then getvariable('currencies')[class + 1] end as quote_currency,
        case when whole then getvariable('currencies')[class + 1] end as fee_currency,
        case when not whole then null when bad = 5 then '2026-02-30T12:00:00Z'
            else iso(opened_us) end as opened_at,
        case when not whole then null when bad = 2 then iso(opened_us - 1000000)
            else iso(closed_us) end as closed_at,
        case when whole then getvariable('entry_reasons')[h_text // 16 % 5 + 1] end as entry_reason,
        case when not whole then null
            when has_stop and return_ppm = -stop_ppm then 'stop_loss'
            when has_target and return_ppm = target_ppm then 'take_profit'
            else getvariable('exit_reasons')[h_text // 128 % 3 + 1] end as exit_reason,
        case when whole then units(stop, 6) end as stop_price,
        case when whole then units(target, 6) end as target_price,
        case when whole and h_text // 512 % 20 > 0 then units(low, 6) end as min_price,
        case when whole and h_text // 512 % 20 > 0 then units(high, 6) end as max_price,
        case when whole and h_text // 1024 % 8 > 0
            then cast(5 + h_hold % 700 as varchar) end as execution_ms,
        case when whole and reports then units(net, 10) end as reported_pnl,
        case when whole and reports
            then units((net // 10000) * 1000000 // (entry * units_e4 // 10000) * leverage, 6)
        end as reported_return,
        case when not whole then null when kind = 15 then '3' when kind >= 10 and kind < 100
            then '2' else '1' end as version,
        case when whole then getvariable('tag_lists')[h_text // 4096 % 4 + 1] end as tags,
        case when not whole then null when bad = 6 then '{"note": '
            when h_text // 65536 % 10 < 3
                then '{"source":"sample","score":' || cast(h_text % 100 as varchar) || '}'
        end as attributes,
        case when kind in (20, 21) then 'delete' else 'upsert' end as _op,
    from final
"""

TRADE_TOTALS = """
    final as (
        select account, strategy_n, count(*) as trades, sum(net) as net
        from settled group by account, strategy_n
    )
    select account, strategy_n, trades, cast(net as varchar) as net
    from final order by account, strategy_n
"""

PRICES = """
    quoted as not materialized (
        select
            *,
            kind - 100 as bad,
            j // getvariable('series') as step,
            getvariable('quoted')[j % getvariable('series') // 3 + 1] as symbol_n,
            case when j % getvariable('series') // 3 < getvariable('quoted_coins') then 0 else 4
            end + j % 3 as venue_n,
            draw(j, 70) as h,
        from (select j, kind from slots)
    ),
    final as not materialized (
        select
            *,
            getvariable('start_ms') + step * getvariable('step_ms') as ms,
            symbol_n // 5 as class,
        from quoted
    )
    select
        getvariable('symbols')[symbol_n + 1] as symbol,
        getvariable('classes')[class + 1] as market,
        getvariable('venues')[venue_n + 1] as venue,
        case bad when 0 then '1,99' when 1 then '-' else '' end
        || case when bad = 0 then '' else units(
            greatest(1, quote_e6(symbol_n, ms) * (
                1000000 + case when class = 2 then (venue_n - 5) * 60000 else 0 end
                + h % 2000 - 1000
            ) // 1000000 // 10000) * 10000, 6
        ) end as price,
        getvariable('currencies')[class + 1] as currency,
        case when bad = 2 then '101' when (h >> 8) % 10 > 0 then cast((h >> 12) % 101 as varchar)
        end as liquidity_score,
        case when bad = 3 then 'nan' when class <> 2 then units((h >> 8) % 5000000, 4)
        end as volume,
        case when class = 2 then cast(1 + (h >> 16) % 400 as varchar) end as offers,
        case when bad = 4 then '2026-04-31T00:00:00Z' else iso(ms * 1000) end as snapshot_at,
        'upsert' as _op,
    from final
"""

INDICATOR_VALUES = """
    drawn as not materialized (
        select
            *,
            kind - 100 as bad,
            kind <> 20 as whole,
            j // getvariable('series') as step,
            j % getvariable('sessions') as session_n,
            getvariable('indicated')[j // getvariable('sessions') % getvariable('indicated_n') + 1]
            as symbol_n,
            j % getvariable('series') // (getvariable('sessions') * getvariable('indicated_n'))
            as indicator_n,
            draw(j, 80) as h,
        from slots
    ),
    final as not materialized (
        select
            *,
            getvariable('start_ms') + step * getvariable('step_ms') as ms,
            case when kind in (10, 11, 12, 13, 14) then 250000 when kind = 15 then 500000 else 0
            end as fixed,
        from drawn
    )
    select
        'session-' || cast(session_n + 1 as varchar) as session_id,
        getvariable('symbols')[symbol_n + 1] as symbol,
        case when whole then getvariable('classes')[symbol_n // 5 + 1] end as market,
        getvariable('indicator_ids')[indicator_n + 1] as indicator_id,
        case when whole then getvariable('indicator_types')[indicator_n + 1] end as indicator_type,
        case when whole then getvariable('indicator_names')[indicator_n + 1] end as indicator_name,
        case when whole then '3600' end as interval_s,
        case when bad = 4 then '2026-13-01T00:00:00Z' else iso(ms * 1000) end as ts,
        case when not whole then null when bad = 0 then 'n/a' when bad = 1 then 'nan'
            when bad = 2 then 'inf'
            else units(fixed + session_n + case
                when indicator_n = 0 then 20000000 + h % 60000000
                when indicator_n = 1 then 40000000 + h % 20000000
                when indicator_n = 4 then quote_e6(symbol_n, ms) // 100
                else quote_e6(symbol_n, ms) * (999000 + h % 2000) // 1000000
            end, 6) end as value,
        case when not whole then null when bad = 3 then '1.5'
            when h % 3 > 0 then units((h >> 8) % 10001, 4) end as confidence,
        case when whole and h % 5 = 0
            then '{"bars":' || cast(1 + (h >> 8) % 500 as varchar) || '}' end as metadata,
        case when whole then case when session_n = 0 then 'session' else 'global' end end as scope,
        case when whole and session_n = 0 then 'acc-0001' end as account_id,
        case when whole then 'sample' end as created_by,
        case when kind in (20, 21) then 'delete' else 'upsert' end as _op,
    from final
"""


# --------------------------------------------------------------------------------------------
# Plans


@dataclass(frozen=True)
class FeedPlan:
    """How many keys a feed has and which of them are late, repeated, corrected or spoilt."""

    feed: str
    salt: int
    n: int
    rows_per_file: int
    share_duplicates: float
    share_late: float
    share_corrections: float
    share_bad: float
    row_sql: str
    bad: dict[str, str] = field(default_factory=dict)

    @property
    def late_count(self) -> int:
        """Keys that arrive late; as many of the newest keys travel with them."""
        wanted = max(round(self.n * self.share_late), 4) if self.share_late else 0
        return min(wanted, self.n // 20)

    @property
    def main_n(self) -> int:
        """Keys below this one belong to the main files (but for the late ones)."""
        return self.n - self.late_count

    @property
    def fix_count(self) -> int:
        """Keys that are corrected or deleted; eight show every kind of correction."""
        wanted = max(round(self.n * self.share_corrections), 8) if self.share_corrections else 0
        return min(wanted, self.n // 20)

    @property
    def copy_count(self) -> int:
        """Places where a row is repeated, half of them from an earlier file."""
        wanted = max(round(self.n * self.share_duplicates), 8) if self.share_duplicates else 0
        return min(wanted, self.main_n)

    @property
    def main_files(self) -> int:
        """Number of main files: at least three, so that rows can repeat across files."""
        return max(min(3, self.main_n), -(-self.main_n // self.rows_per_file))

    @property
    def bad_count(self) -> int:
        """Bad rows: every reason at least once, unless that would be 1% of a file or more."""
        if not self.share_bad or not self.main_files or self.main_n // self.main_files < 300:
            return 0
        return max(round(self.main_n * self.share_bad), len(self.bad))

    def files(self) -> Iterator[PlannedFile]:
        """Yield the files in the order in which they are to be loaded."""
        yield from self._split("", self.main_n, self.main_files, MAIN_SLOTS)
        parts = -(-2 * self.late_count // self.rows_per_file)
        yield from self._split("-late", self.late_count, parts, LATE_SLOTS)
        parts = -(-2 * self.fix_count // self.rows_per_file)
        yield from self._split("-corrections", self.fix_count, parts, FIX_SLOTS)

    def _split(self, suffix: str, total: int, parts: int, slots: str) -> Iterator[PlannedFile]:
        for part in range(parts):
            yield PlannedFile(
                name=f"{self.feed}{suffix}-{part + 1:04d}.csv",
                feed=self,
                lo=total * part // parts,
                hi=total * (part + 1) // parts,
                slots=slots,
            )

    def variables(self) -> dict[str, int]:
        """The DuckDB variables of the feed; a count of 0 leaves its period at 1."""
        return {
            "salt": self.salt,
            "n": self.n,
            "main_n": self.main_n,
            "late_count": self.late_count,
            "late_period": _period(self.n * 9 // 10, self.late_count),
            "fix_count": self.fix_count,
            "fix_period": _period(self.n, self.fix_count),
            "copy_count": self.copy_count,
            "copy_period": _period(self.main_n, self.copy_count),
            "bad_count": self.bad_count,
            "bad_period": _period(self.main_n, self.bad_count),
            "bad_kinds": len(self.bad),
        }


@dataclass(frozen=True)
class PlannedFile:
    """One file of a feed: the range that its slots run over."""

    name: str
    feed: FeedPlan
    lo: int
    hi: int
    slots: str

    @property
    def has_operations(self) -> bool:
        """Whether the file has the column `_op`."""
        return self.slots is FIX_SLOTS


@dataclass(frozen=True)
class SmallFile:
    """A file of a feed that is small enough to be written row by row."""

    name: str
    feed: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterable[tuple[object, ...]]]
    counts: dict[str, int]


def _period(total: int, count: int) -> int:
    return max(1, total // count) if count else 1


# --------------------------------------------------------------------------------------------
# Calendars


def _easter(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar (anonymous algorithm, Nature 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def _exchange_holidays(year: int) -> set[dt.date]:
    """Full-day closures of the New York exchanges by today's rules."""

    def nth(month: int, weekday: int, n: int) -> dt.date:
        first = dt.date(year, month, 1)
        return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))

    def observed(month: int, day: int) -> dt.date:
        date = dt.date(year, month, day)
        return date + dt.timedelta(days={5: -1, 6: 1}.get(date.weekday(), 0))

    last_may = nth(6, 0, 1) - dt.timedelta(days=7)
    new_year = dt.date(year, 1, 1)
    if new_year.weekday() == 6:  # on a Saturday it is not observed
        new_year += dt.timedelta(days=1)
    return {
        new_year,
        nth(1, 0, 3),
        nth(2, 0, 3),
        _easter(year) - dt.timedelta(days=2),
        last_may,
        observed(6, 19),
        observed(7, 4),
        nth(9, 0, 1),
        nth(11, 3, 4),
        observed(12, 25),
    }


def _sessions(first_day: dt.date, days: int) -> tuple[list[int | None], list[int | None]]:
    """Open and close of the New York session in ms of each UTC day; None where it is closed."""
    zone = ZoneInfo("America/New_York")
    holidays = {
        date for year in range(first_day.year, END.year + 1) for date in _exchange_holidays(year)
    }
    opens: list[int | None] = []
    closes: list[int | None] = []
    for offset in range(days):
        date = first_day + dt.timedelta(days=offset)
        if date.weekday() >= 5 or date in holidays:
            opens.append(None)
            closes.append(None)
            continue
        for target, at in ((opens, dt.time(9, 30)), (closes, dt.time(15, 59))):
            instant = dt.datetime.combine(date, at, zone).astimezone(dt.timezone.utc)
            target.append((instant.hour * 60 + instant.minute) * 60_000)
    return opens, closes


# --------------------------------------------------------------------------------------------
# Small feeds


def account_name(account: int) -> str:
    """Identifier of the account at a position, from 0."""
    return f"acc-{account + 1:04d}"


def _class_of(account: int) -> int:
    if account == EQUITY_ACCOUNT:
        return 1
    return {0: 0, 2: 2}.get(account % 4, 3)


def _draw(seed: int, i: int, k: int) -> int:
    """The SQL macro `draw` in Python."""

    def half(x: int) -> int:
        return ((x ^ (x >> 16)) * 73244475) & 0xFFFFFFFF

    x = half(half(i ^ ((seed + k * 2654435761) & 0xFFFFFFFF)))
    return x ^ (x >> 16)


def _iso(instant: dt.datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


ACCOUNT_COLUMNS = (
    "account_id",
    "name",
    "kind",
    "base_currency",
    "starting_equity",
    "started_at",
    "ended_at",
    "trading_zone",
    "periods_per_year",
)
FLOW_COLUMNS = ("account_id", "flow_id", "at", "amount", "currency", "reason")


def _account_row(account: int, start: dt.datetime, equity: int, name: str) -> tuple[object, ...]:
    kind = KINDS[account % 4]
    return (
        account_name(account),
        name,
        kind,
        CURRENCIES[_class_of(account)],
        f"{equity}.00",
        _iso(start),
        _iso(END) if kind == "backtest" else None,
        ZONES[(account + account // 4) % 4],
        252 if account == EQUITY_ACCOUNT else 365,
    )


def _account_files(accounts: int, start: dt.datetime, equity: int) -> list[SmallFile]:
    """Two files: every account and the first one twice; then a renamed account beside an old one.

    A single account has nothing to stand beside it, so its second file is the new name alone.
    """
    label = "{} {}".format

    def first() -> Iterator[tuple[object, ...]]:
        for account in range(accounts):
            name = label(KINDS[account % 4].capitalize(), account + 1)
            yield _account_row(account, start, equity, name)
        yield _account_row(0, start, equity, label("Bot", 1))

    def renamed() -> Iterator[tuple[object, ...]]:
        yield (*_account_row(0, start, equity, "Bot 1 (renamed)"), "upsert")
        if accounts > 1:
            yield (*_account_row(1, start, equity, label("User", 2)), "upsert")

    again = 1 if accounts > 1 else 0
    return [
        SmallFile(
            "accounts.csv",
            "accounts",
            ACCOUNT_COLUMNS,
            first,
            {"new": accounts, "duplicates_in_file": 1},
        ),
        SmallFile(
            "accounts-corrections-0001.csv",
            "accounts",
            (*ACCOUNT_COLUMNS, "_op"),
            renamed,
            {"corrections": 1, "duplicates_across": again},
        ),
    ]


def _flow_files(
    accounts: int, start: dt.datetime, days: int, equity: int, seed: int
) -> list[SmallFile]:
    """Two overlapping files of deposits and withdrawals, one every twenty days or so an account.

    The second starts with the last flow of every account that the first file has, so it overlaps.
    """
    per_account = max(2, days // 20)
    cut = max(1, per_account // 2)

    def flow(account: int, number: int) -> tuple[object, ...]:
        minute = (
            days * 1440 * number // per_account + _draw(seed, account * 4096 + number, 90) % 720
        )
        deposit = number % 4 != 3
        amount = equity // 100 + _draw(seed, account * 4096 + number, 91) % 500
        return (
            account_name(account),
            f"f{number + 1:05d}",
            _iso(start + dt.timedelta(minutes=minute)),
            f"{amount if deposit else -amount}.00",
            CURRENCIES[_class_of(account)],
            "deposit" if deposit else "withdrawal",
        )

    def rows(numbers: range, again: int) -> Iterator[tuple[object, ...]]:
        for number in numbers:
            for account in range(accounts):
                yield flow(account, number)
        for account in range(again):
            yield flow(account, numbers[-1])

    return [
        SmallFile(
            "cash_flows-0001.csv",
            "cash_flows",
            FLOW_COLUMNS,
            lambda: rows(range(cut), 1),
            {"new": cut * accounts, "duplicates_in_file": 1},
        ),
        SmallFile(
            "cash_flows-0002.csv",
            "cash_flows",
            FLOW_COLUMNS,
            lambda: rows(range(cut - 1, per_account), 0),
            {"new": (per_account - cut) * accounts, "duplicates_across": accounts},
        ),
    ]


# --------------------------------------------------------------------------------------------
# Writing


def _file_entry(
    name: str, feed: str, counts: dict[str, int], bad: dict[str, int], size: int
) -> dict[str, Any]:
    """Manifest entry of a file: `rows = landed + duplicates + rejected`."""
    late = counts.get("late", 0)
    new = counts.get("new", 0) + late
    landed = new + counts.get("corrections", 0) + counts.get("deletions", 0)
    repeated = ("duplicates_in_file", "duplicates_across", "superseded_in_file")
    duplicates = sum(counts.get(key, 0) for key in repeated)
    rejected = sum(bad.values())
    return {
        "file": name,
        "feed": feed,
        "bytes": size,
        "rows": landed + duplicates + rejected,
        "landed": landed,
        "duplicates": duplicates,
        "rejected": rejected,
        "new": new,
        "late": late,
        "corrections": counts.get("corrections", 0),
        "deletions": counts.get("deletions", 0),
        **{key: counts.get(key, 0) for key in repeated},
        "bad": bad,
    }


class _Writer:
    """Writes the planned files of one sample into its directory."""

    def __init__(self, directory: Path, threads: int | None, variables: dict[str, Any]) -> None:
        self.directory = directory
        self.connection = duckdb.connect(":memory:")
        if threads is not None:
            self.connection.execute("set threads = " + str(int(threads)))
        for statement in MACROS:
            self.connection.execute(statement)
        self.set(variables)

    def set(self, variables: dict[str, Any]) -> None:
        for name, value in variables.items():
            if not name.isidentifier():
                raise ValueError(f"not a variable name: {name}")
            # DuckDB gives a small number the type INTEGER, whose products overflow
            if not isinstance(value, list):
                cast = "::bigint"
            elif all(isinstance(item, str) for item in value):
                cast = "::varchar[]"
            else:
                cast = "::bigint[]"
            self.connection.execute("set variable " + name + " = ?" + cast, [value])

    def planned(self, file: PlannedFile) -> dict[str, Any]:
        """Write one large file, streamed, and count its rows by kind from the plan alone."""
        self.set({"lo": file.lo, "hi": file.hi})
        slots = SLOTS + file.slots + SLOTS_END
        counts: dict[str, int] = {}
        bad = dict.fromkeys(file.feed.bad, 0) if file.slots is MAIN_SLOTS else {}
        reasons = list(file.feed.bad)
        for kind, rows in self.connection.execute(slots + COUNT_SLOTS).fetchall():
            if kind >= 100:
                bad[reasons[kind - 100]] += rows
            else:
                counts[ROW_KINDS[kind]] = counts.get(ROW_KINDS[kind], 0) + rows
        relation = self.connection.sql(slots + file.feed.row_sql)
        wanted = relation.columns if file.has_operations else relation.columns[:-1]
        part = self.directory / f"{file.name}.part"
        relation.project(", ".join(wanted)).write_csv(str(part), header=True)
        return self._finish(part, file.name, file.feed.feed, counts, bad)

    def small(self, file: SmallFile) -> dict[str, Any]:
        """Write one small file row by row."""
        part = self.directory / f"{file.name}.part"
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(file.columns)
            writer.writerows(file.rows())
        return self._finish(part, file.name, file.feed, file.counts, {})

    def _finish(
        self, part: Path, name: str, feed: str, counts: dict[str, int], bad: dict[str, int]
    ) -> dict[str, Any]:
        size = part.stat().st_size
        part.replace(self.directory / name)
        return _file_entry(name, feed, counts, bad, size)

    def live_trades(self, plan: FeedPlan) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """Live trades and exact net profit (in 1e-10) per account and per strategy position."""
        accounts: dict[int, list[int]] = {}
        strategies: dict[int, list[int]] = {}
        for lo in range(0, plan.n, plan.rows_per_file):
            self.set({"lo": lo, "hi": min(plan.n, lo + plan.rows_per_file)})
            query = SLOTS + LIVE_SLOTS + SLOTS_END + TRADES + TRADE_TOTALS
            for account, strategy, trades, net in self.connection.execute(query).fetchall():
                for totals, key in ((accounts, account), (strategies, strategy)):
                    entry = totals.setdefault(key, [0, 0])
                    entry[0] += trades
                    entry[1] += int(net)
        return accounts, strategies


def _decimal_text(value: int) -> str:
    """An integer of 1e-10 as exact decimal text."""
    whole, part = divmod(abs(value), 10**MONEY_DIGITS)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{MONEY_DIGITS}d}"


def _shared_variables(seed: int, days: int, accounts: int, start: dt.datetime) -> dict[str, Any]:
    opens, closes = _sessions(start.date(), days)
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


def _series_step(n: int, series: int, days: int) -> dict[str, int]:
    """Number of series and the step between their values: an hour, or what the range leaves."""
    steps = max(1, -(-n // series))
    return {"series": series, "step_ms": min(3_600_000, days * DAY_MS // steps)}


OWN_NAME = re.compile(r"[a-z_]+(-late|-corrections)?(-[0-9]{4,})?\.csv")


def _claim(directory: Path, names: list[str], settings: dict[str, Any]) -> None:
    """Make room for the files of this run, without touching a file of anyone else.

    Files that an earlier sample named in its manifest are removed; the manifest of this run, still
    incomplete, names its files before the first is written, so that a killed run can be repeated.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / MANIFEST_NAME
    owned: list[str] = []
    if path.exists():
        try:
            earlier = json.loads(path.read_text(encoding="utf-8"))
            if earlier["generator"] != GENERATOR:
                raise KeyError
            owned = [str(entry["file"]) for entry in earlier["files"]]
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"{path} was not written by `{GENERATOR}`; choose another directory"
            ) from None
    owned = [name for name in owned if OWN_NAME.fullmatch(name)]
    for name in names:
        if name not in owned and (directory / name).exists():
            raise ValueError(
                f"{directory / name} exists and no sample manifest names it; "
                "choose another directory"
            )
    _write_manifest(
        path,
        {
            "generator": GENERATOR,
            "complete": False,
            **settings,
            "files": [{"file": name} for name in dict.fromkeys([*owned, *names])],
        },
    )
    for name in owned:
        (directory / name).unlink(missing_ok=True)
        (directory / f"{name}.part").unlink(missing_ok=True)


def _write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def _check(settings: dict[str, Any], shares: dict[str, float], file_format: str) -> None:
    lowest = {"days": 2, "accounts": 1, "trades": 1, "prices": 0, "indicators": 0}
    highest = {
        "days": 3_650,
        "accounts": 1_000_000,
        "trades": MAX_TRADES,
        "prices": MAX_TRADES,
        "indicators": MAX_TRADES,
    }
    for name, low in lowest.items():
        if not low <= settings[name] <= highest[name]:
            raise ValueError(
                f"{name} is {settings[name]}; give a number from {low} to {highest[name]}"
            )
    for name, share in shares.items():
        if not 0 <= share <= 0.05:
            raise ValueError(f"{name} is {share}; give a share from 0 to 0.05")
    if file_format != "csv":
        raise ValueError(f"file_format is {file_format!r}; a sample is written as csv")


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
    _check(settings, shares, file_format)
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
        "price_snapshots": _series_step(prices, 3 * len(QUOTED), days),
        "indicator_values": _series_step(
            indicators, SESSIONS * len(INDICATED) * len(INDICATORS), days
        ),
    }

    account_files = _account_files(accounts, start, equity)
    flow_files = _flow_files(accounts, start, days, equity, seed_key)
    plans = (trade_plan, price_plan, indicator_plan)
    order: list[SmallFile | PlannedFile] = [account_files[0], *flow_files]
    for plan in plans:
        order.extend(plan.files())
    order.append(account_files[1])

    parameters = {**settings, **shares, "rows_per_file": rows_per_file, "file_format": file_format}
    header = {
        "parameters": parameters,
        "range": {"start": _iso(start), "end": _iso(END)},
    }
    _claim(directory, [file.name for file in order], header)
    writer = _Writer(directory, threads, _shared_variables(seed_key, days, accounts, start))
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
                account_name(key): _decimal_text(by_account.get(key, [0, 0])[1])
                for key in range(accounts)
            },
            "trades_by_strategy": {
                STRATEGIES[key].name: entry[0] for key, entry in sorted(by_strategy.items())
            },
            "net_pnl_by_strategy": {
                STRATEGIES[key].name: _decimal_text(entry[1])
                for key, entry in sorted(by_strategy.items())
            },
        },
    }
    _write_manifest(directory / MANIFEST_NAME, manifest)
    return manifest
