{{
    config(
        order_by=['account_id', 'closed_at', 'trade_id'],
        partition_by='toYYYYMM(closed_at)',
        query_settings={'max_partitions_per_insert_block': 0},
        pre_hook="{{ start_build(feeds=['trades', 'accounts']) }}",
        post_hook="{{ finish_build() }}"
    )
}}

-- max_partitions_per_insert_block: a full build writes every month at once, and more than 100
-- months (the engine's default) are an ordinary backtest.
with trades as (
    select * from {{ ref('int_trading__measure_trades') }}
)

select * from trades
