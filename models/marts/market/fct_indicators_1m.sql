{{
    config(
        materialized='view'
    )
}}

with indicators as (
    select * from {{ ref('fct_indicators') }}
    where interval_s = {{ candle_intervals()['1m'] }}
)

select * except (interval_s) from indicators
