{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'strategy', 'trade_date', 'symbol_id'],
        partition_by='toYear(trade_date)',
        rebuilt_by='toYYYYMM(trade_date)',
        changes=[{'model': 'fct_trades'}]
    )
}}

with trades as (
    select * from {{ ref('fct_trades') }}
    where {{ in_touched('toYYYYMM(trade_date)') }}
)

{{ sum_trades_daily('trades') }}
