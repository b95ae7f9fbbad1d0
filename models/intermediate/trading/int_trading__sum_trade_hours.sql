{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'strategy', 'hour', 'month'],
        partition_by='toYear(month)',
        rebuilt_by='toYYYYMM(month)',
        changes=[{'model': 'fct_trades'}],
        query_settings={'max_partitions_per_insert_block': 0}
    )
}}

with trades as (
    select * from {{ ref('fct_trades') }}
    where {{ in_touched('toYYYYMM(trade_date)') }}
),

-- an account that changes its zone touches its months of fct_trades
accounts as (
    select
        account_id,
        trading_zone
    from {{ ref('stg_accounts') }}
),

zoned as (
    select
        t.*,
        cast(date_trunc('month', t.trade_date) as date) as month,
        {{ local_hour("t.closed_at", "coalesce(nullif(a.trading_zone, ''), 'UTC')") }} as hour
    from trades as t
    left join accounts as a on t.account_id = a.account_id
),

final as (
    select
        z.account_id as account_id,
        z.strategy as strategy,
        z.hour as hour,
        z.month as month,
        {{ trade_measures('z') | indent(8) }}
    from zoned as z
    group by z.account_id, z.strategy, z.hour, z.month
)

select * from final
