{{
    config(
        materialized='view'
    )
}}

{{ fresh_candles('agg_candles_15m', candle_intervals()['15m']) }}
