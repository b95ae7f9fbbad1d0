{{
    config(
        materialized='view'
    )
}}

with from_ticks as (
    {%- for name, seconds in candle_intervals().items() %}
        select
            market,
            symbol,
            venue,
            {{ seconds }} as interval_s,
            opened_at,
            open,
            high,
            low,
            close,
            volume,
            trade_count
        from {{ ref('rpt_candles_' ~ name) }}
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
),

spans as (
    select
        market,
        symbol,
        venue,
        interval_s,
        min(opened_at) as first_at,
        max(opened_at) as last_at
    from from_ticks
    group by market, symbol, venue, interval_s
),

-- of the source what lies between the first and the last print, of the prints what lies between
-- the first and the last candle of the source
source_candles as (
    select
        c.*,
        c.opened_at in (s.first_at, s.last_at) as is_edge
    from {{ ref('fct_candles') }} as c
    inner join spans as s
        on
            c.market = s.market
            and c.symbol = s.symbol
            and c.venue = s.venue
            and c.interval_s = s.interval_s
    where c.opened_at between s.first_at and s.last_at
),

sources as (
    select
        market,
        symbol,
        venue,
        interval_s,
        min(opened_at) as first_at,
        max(opened_at) as last_at
    from source_candles
    group by market, symbol, venue, interval_s
),

-- no outer join: one would depend on the settings of the reader
sides as (
    select
        market,
        symbol,
        venue,
        interval_s,
        opened_at,
        1 as of_source,
        0 as of_ticks,
        is_edge,
        toNullable(open) as open,
        toNullable(high) as high,
        toNullable(low) as low,
        toNullable(close) as close,
        volume,
        toUInt64(trade_count) as trade_count
    from source_candles
    union all
    select
        t.market,
        t.symbol,
        t.venue,
        t.interval_s,
        t.opened_at,
        0 as of_source,
        1 as of_ticks,
        false as is_edge,
        t.open,
        t.high,
        t.low,
        t.close,
        t.volume,
        t.trade_count
    from from_ticks as t
    inner join sources as s
        on
            t.market = s.market
            and t.symbol = s.symbol
            and t.venue = s.venue
            and t.interval_s = s.interval_s
    where t.opened_at between s.first_at and s.last_at
),

paired as (
    select
        market,
        symbol,
        venue,
        interval_s,
        opened_at,
        {%- for name in ['open', 'high', 'low', 'close', 'volume', 'trade_count'] %}
            max(case when of_source = 1 then {{ name }} end) as source_{{ name }},
            max(case when of_ticks = 1 then {{ name }} end) as ticks_{{ name }},
        {%- endfor %}
        max(of_source) as in_source,
        max(of_ticks) as in_ticks,
        max(is_edge) as at_edge
    from sides
    group by market, symbol, venue, interval_s, opened_at
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
    from paired as p
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
