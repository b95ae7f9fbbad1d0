{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMM(opened_at)',
        changes=[{'model': 'agg_candles_1h'}]
    )
}}

{{ roll_up_candles('agg_candles_1h', candle_intervals()['4h']) }}
