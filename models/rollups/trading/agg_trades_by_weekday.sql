with days as (
    select * from {{ ref('agg_trades_daily') }}
),

buckets as (
    select
        d.account_id as account_id,
        d.strategy as strategy,
        cast(extract(isodow from d.trade_date) as smallint) as weekday,
        {{ merge_trade_measures('d') | indent(8) }}
    from days as d
    group by d.account_id, d.strategy, cast(extract(isodow from d.trade_date) as smallint)
),

final as (
    {{ rate_buckets('buckets', 'weekday') | indent(4) }}
)

select * from final
