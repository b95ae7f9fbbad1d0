{{
    config(
        materialized='view'
    )
}}

{{ fresh_candles('agg_candles_1h', candle_intervals()['1h']) }}
