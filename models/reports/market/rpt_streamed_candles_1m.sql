{{
    config(
        enabled=var('streamed_ticks') != '',
        materialized='view'
    )
}}

-- parts of a minute may lie in several rows until the engine has merged them
with parts as (
    {{ candle_columns(ref('agg_streamed_candles_1m')) | indent(4) }}
),

final as (
    {{ merged_candles('parts') | indent(4) }}
)

select * from final
