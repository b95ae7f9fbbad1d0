{{
    config(
        materialized='view'
    )
}}

with pairs as (
    select * from {{ ref('int_market__pair_candles') }}
),

compared as (
    select
        p.*,
        greatest(
            abs(source_open - ticks_open),
            abs(source_high - ticks_high),
            abs(source_low - ticks_low),
            abs(source_close - ticks_close)
        ) as price_difference,
        {{ money(wide('ticks_volume') ~ ' - ' ~ wide('source_volume')) }} as volume_difference
    from pairs as p
),

final as (
    select
        concat(market, ':', symbol) as symbol_id,
        market,
        symbol,
        venue,
        interval_s,
        case
            when in_ticks = 0 then 'only_in_source'
            when in_source = 0 then 'only_in_ticks'
            when
                price_difference = 0
                -- sources add volumes as doubles
                and coalesce(
                    {{ num('abs(volume_difference)') }}
                    <= 1e-9 + 1e-9 * {{ num('source_volume') }}, true
                )
                and coalesce(source_trade_count = ticks_trade_count, true) then 'equal'
            when at_edge then 'edge'
            else 'differs'
        end as verdict,
        source_open,
        source_high,
        source_low,
        source_close,
        source_volume,
        source_trade_count,
        ticks_open,
        ticks_high,
        ticks_low,
        ticks_close,
        ticks_volume,
        ticks_trade_count,
        price_difference,
        volume_difference,
        opened_at
    from compared
)

select * from final
