{%- set months = [
    'toYYYYMM(closed_at - interval 12 hour)',
    'toYYYYMM(closed_at + interval 14 hour)',
] -%}
{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'closed_at', 'trade_id'],
        partition_by='toYYYYMM(trade_date)',
        changes=[
            {'feed': 'trades', 'partitions': months},
            {'feed': 'accounts', 'through': 'account_id', 'partitions': months},
        ]
    )
}}

-- The months are of the account's calendar, which is at most 12 hours behind and 14 ahead of UTC.
with trades as (
    select * from {{ ref('int_trading__measure_trades') }}
    where
        {{ near_touched('closed_at', 14, 12) }}
        and {{ in_touched('toYYYYMM(trade_date)') }}
)

select * from trades
