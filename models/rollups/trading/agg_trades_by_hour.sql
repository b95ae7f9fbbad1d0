with hours as (
    select * from {{ ref('int_trading__sum_trade_hours') }}
),

buckets as (
    select
        h.account_id as account_id,
        h.strategy as strategy,
        h.hour as hour,
        {{ merge_trade_measures('h') | indent(8) }}
    from hours as h
    group by h.account_id, h.strategy, h.hour
),

final as (
    {{ rate_buckets('buckets', 'hour') | indent(4) }}
)

select * from final
