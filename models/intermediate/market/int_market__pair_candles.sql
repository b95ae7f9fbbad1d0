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

final as (
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
)

select * from final
