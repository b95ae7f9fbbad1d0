{{
    config(
        enabled=var('streamed_ticks') != '',
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set asked = asked_candles() %}

with minutes as (
    select * from {{ ref('agg_streamed_candles_1m') }}
    where
        {{ asked.is_known }}
        and {{ asked.is_of_symbol }}
        and {{ candle_start('opened_at', asked.seconds) }} >= {{ asked.low }}
        and {{ candle_start('opened_at', asked.seconds) }} < {{ asked.high }}
),

parts as (
    {{ candle_columns('minutes') | indent(4) }}
),

final as (
    {{ merged_candles('parts', asked.seconds, asked.interval) | indent(4) }}
)

select * from final
order by opened_at, venue
