{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'closed_at', 'trade_id', 'valid_from_batch'],
        partition_by='toYYYYMM(trade_date)',
        changes=account_month_changes()
    )
}}

with versions as (
    select * from {{ ref('int_trading__measure_trade_versions') }}
    where {{ in_account_months() }}
)

select * from versions
