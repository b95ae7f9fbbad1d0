{{
    config(
        enabled=var('streamed_ticks') != '',
        materialized='materialized_view',
        engine='AggregatingMergeTree()',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMMDD(opened_at)',
        catchup=true,
        full_refresh=false
    )
}}

with ticks as (
    select * from {{ source('streamed', 'ticks') }}
),

states as (
    {{ candles_of_ticks('ticks', candle_intervals()['1m']) | indent(4) }}
),

-- of the types by which the engine merges the parts of a minute
final as (
    select
        s.market as market,
        s.symbol as symbol,
        s.venue as venue,
        cast(s.first_print, 'SimpleAggregateFunction(min, UInt256)') as first_print,
        cast(s.last_print, 'SimpleAggregateFunction(max, UInt256)') as last_print,
        cast(s.high, 'SimpleAggregateFunction(max, Decimal(38, 12))') as high,
        cast(s.low, 'SimpleAggregateFunction(min, Decimal(38, 12))') as low,
        cast(s.volume, 'SimpleAggregateFunction(sum, Decimal(76, 12))') as volume,
        cast(s.buy_volume, 'SimpleAggregateFunction(sum, Decimal(76, 12))') as buy_volume,
        cast(s.sell_volume, 'SimpleAggregateFunction(sum, Decimal(76, 12))') as sell_volume,
        cast(s.exact_quote_volume, 'SimpleAggregateFunction(sum, Decimal(76, 24))')
            as exact_quote_volume,
        cast(s.trade_count, 'SimpleAggregateFunction(sum, UInt64)') as trade_count,
        s.opened_at as opened_at
    from states as s
)

select * from final
