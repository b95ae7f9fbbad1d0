"""The feed ticks: prints of two coins, a few a second apart, from the first instant on."""

from __future__ import annotations

from python_loaders.sample.arguments import Arguments
from python_loaders.sample.market import VARIABLES
from python_loaders.sample.plan import FeedPlan

PRINTED = (15, 16)  # symbols
STEP_MS = 2_000

BAD_TICKS = {
    "not_a_number": "price",
    "negative_price": "price",
    "nan": "quantity",
    "unknown_side": "aggressor",
    "impossible_date": "ts",
}

TICKS = """
    printed as not materialized (
        select
            *,
            kind - 100 as bad,
            j // getvariable('series') as step,
            getvariable('printed')[j % getvariable('series') + 1] as symbol_n,
            draw(j, 90) as h,
        from slots
    ),
    final as not materialized (
        select
            *,
            -- every fourth print shares its instant with the one before it
            getvariable('start_ms') + (step - case when step % 4 = 3 then 1 else 0 end)
            * getvariable('step_ms') as ms,
            getvariable('tick_e6')[symbol_n + 1] as tick,
        from printed
    )
    select
        getvariable('symbols')[symbol_n + 1] as symbol,
        getvariable('classes')[symbol_n // 5 + 1] as market,
        getvariable('venues')[1] as venue,
        case when bad = 4 then '2026-02-30T00:00:00Z' else iso(ms * 1000) end as ts,
        cast(step + 1 as varchar) as seq,
        cast(step + 1 as varchar) as trade_ref,
        case bad when 0 then '1,99' when 1 then '-' else '' end
        || case when bad = 0 then '' else units(
            (quote_e6(symbol_n, ms) // tick + h % 7 - 3) * tick, 6
        ) end as price,
        case when bad = 2 then 'nan' else units(1 + (h >> 4) % 20000, 4) end as quantity,
        case when bad = 3 then 'both' when (h >> 20) % 2 = 0 then 'buy' else 'sell'
        end as aggressor,
        'upsert' as _op,
    from final
"""


def tick_plan(arguments: Arguments) -> FeedPlan:
    """The feed ticks of a sample. It only appends, so nothing is corrected."""
    return FeedPlan(
        arguments,
        "ticks",
        salt=260,
        n=arguments.ticks,
        row_sql=TICKS,
        bad=BAD_TICKS,
        corrected=False,
        series=len(PRINTED),
        longest_step_ms=STEP_MS,
        constants={**VARIABLES, "printed": PRINTED},
    )
