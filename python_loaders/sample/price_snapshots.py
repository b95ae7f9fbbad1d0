"""The feed price_snapshots: a row for each quoted symbol, venue and step of time."""

from __future__ import annotations

from python_loaders.sample.arguments import Arguments
from python_loaders.sample.market import VARIABLES
from python_loaders.sample.plan import FeedPlan

QUOTED = (15, 16, 17, 10, 11, 12, 14)  # symbols, coins before items; each on three venues

BAD_PRICES = {
    "not_a_number": "price",
    "negative_price": "price",
    "out_of_range": "liquidity_score",
    "nan": "volume",
    "impossible_date": "snapshot_at",
}

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
        from slots
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


def price_plan(arguments: Arguments) -> FeedPlan:
    """The feed price_snapshots of a sample. It only appends, so nothing is corrected."""
    return FeedPlan(
        arguments,
        "price_snapshots",
        salt=220,
        n=arguments.prices,
        row_sql=PRICES,
        bad=BAD_PRICES,
        corrected=False,
        series=3 * len(QUOTED),
        constants={
            **VARIABLES,
            "quoted": QUOTED,
            "quoted_coins": sum(symbol >= 15 for symbol in QUOTED),
        },
    )
