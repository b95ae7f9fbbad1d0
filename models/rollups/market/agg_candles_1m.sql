{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMMDD(opened_at)',
        changes=[{'feed': 'ticks', 'partitions': ['toYYYYMMDD(ts)']}]
    )
}}

with ticks as (
    select * from {{ ref('stg_ticks') }}
    where {{ in_touched('toYYYYMMDD(ts)') }}
),

states as (
    {{ candles_of_ticks('ticks', candle_intervals()['1m']) | indent(4) }}
),

final as (
    {{ candle_columns('states') | indent(4) }}
)

select * from final
