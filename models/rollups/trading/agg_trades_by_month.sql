with days as (
    select * from {{ ref('agg_trades_daily') }}
),

buckets as (
    select
        d.account_id as account_id,
        d.strategy as strategy,
        cast(date_trunc('month', d.trade_date) as date) as month,
        {{ merge_trade_measures('d') | indent(8) }}
    from days as d
    group by d.account_id, d.strategy, cast(date_trunc('month', d.trade_date) as date)
),

final as (
    {{ rate_buckets('buckets', 'month') | indent(4) }}
)

select * from final
