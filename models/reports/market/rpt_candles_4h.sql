{{
    config(
        materialized='view'
    )
}}

{{ fresh_candles('agg_candles_4h', candle_intervals()['4h']) }}
