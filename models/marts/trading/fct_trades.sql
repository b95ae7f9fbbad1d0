{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'closed_at', 'trade_id'],
        partition_by='toYYYYMM(trade_date)',
        changes=account_month_changes(),
        settings={'index_granularity': 32768}
    )
}}
-- larger granules: questions over all trades read a few columns of the many, granule by granule

with trades as (
    select * from {{ ref('int_trading__measure_trades') }}
    where {{ in_account_months() }}
)

select * from trades
