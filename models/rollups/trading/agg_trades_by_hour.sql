{{
    config(
        order_by=['account_id', 'strategy', 'hour']
    )
}}

with trades as (
    select * from {{ ref('fct_trades') }}
),

accounts as (
    select
        account_id,
        trading_zone
    from {{ ref('dim_account') }}
),

zoned as (
    select
        trades.*,
        {{ local_hour('trades.closed_at', 'accounts.trading_zone') }} as hour
    from trades
    inner join accounts on trades.account_id = accounts.account_id
),

buckets as (
    select
        t.account_id as account_id,
        t.strategy as strategy,
        t.hour as hour,
        {{ trade_measures('t') | indent(8) }}
    from zoned as t
    group by t.account_id, t.strategy, t.hour
),

final as (
    {{ rate_buckets('buckets', 'hour') | indent(4) }}
)

select * from final
