{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMM(opened_at)',
        changes=[{'model': 'agg_candles_1m', 'partitions': ['intDiv(changed, 100)']}]
    )
}}

{{ roll_up_candles('agg_candles_1m', candle_intervals()['5m']) }}
