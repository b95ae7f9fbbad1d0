{{
    config(
        materialized='view'
    )
}}

{{ fresh_candles('agg_candles_1d', candle_intervals()['1d']) }}
