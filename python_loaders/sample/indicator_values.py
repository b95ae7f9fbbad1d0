"""The feed indicator_values: a row for each session, symbol, indicator and step of time."""

from __future__ import annotations

from python_loaders.sample.arguments import Arguments
from python_loaders.sample.market import VARIABLES
from python_loaders.sample.plan import FeedPlan

INDICATORS = (
    ("RSI_14", "rsi", "Relative strength index, 14 bars"),
    ("RSI_140", "rsi", "Relative strength index, 140 bars"),
    ("EMA_20", "ema", "Exponential moving average, 20 bars"),
    ("SMA_50", "sma", "Simple moving average, 50 bars"),
    ("ATR_14", "atr", "Average true range, 14 bars"),
)
SESSIONS = 2
INDICATED = (15, 16, 17)  # symbols

BAD_INDICATORS = {
    "not_a_number": "value",
    "nan": "value",
    "infinite": "value",
    "out_of_range": "confidence",
    "impossible_date": "ts",
}

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
            case when kind between 10 and 14 then 250000 when kind = 15 then 500000 else 0
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


def indicator_plan(arguments: Arguments) -> FeedPlan:
    """The feed indicator_values of a sample."""
    return FeedPlan(
        arguments,
        "indicator_values",
        salt=240,
        n=arguments.indicators,
        row_sql=INDICATOR_VALUES,
        bad=BAD_INDICATORS,
        series=SESSIONS * len(INDICATED) * len(INDICATORS),
        constants={
            **VARIABLES,
            "indicated": INDICATED,
            "indicated_n": len(INDICATED),
            "sessions": SESSIONS,
            "indicator_ids": [name for name, _, _ in INDICATORS],
            "indicator_types": [kind for _, kind, _ in INDICATORS],
            "indicator_names": [title for _, _, title in INDICATORS],
        },
    )
