{{
    config(
        materialized='view'
    )
}}

{{ fresh_candles('agg_candles_1m', candle_intervals()['1m']) }}
