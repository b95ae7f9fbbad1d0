{{
    config(
        materialized='view'
    )
}}

{{ fresh_candles('agg_candles_5m', candle_intervals()['5m']) }}
