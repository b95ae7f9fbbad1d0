{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'interval_s', 'opened_at'],
        partition_by='toYYYYMM(opened_at)',
        changes=[{'feed': 'candles', 'partitions': ['toYYYYMM(opened_at)']}]
    )
}}

with candles as (
    select * from {{ ref('stg_candles') }}
    where {{ in_touched('toYYYYMM(opened_at)') }}
),

final as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        interval_s,
        open,
        high,
        low,
        close,
        volume,
        quote_volume,
        trade_count,
        opened_at,
        batch_id,
        source_row
    from candles
)

select * from final
