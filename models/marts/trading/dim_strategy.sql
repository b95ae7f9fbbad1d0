{{
    config(
        order_by='strategy'
    )
}}

{%- set last_trade = ['a.last_closed_at', 'a.account_id', 'a.last_trade_id'] %}

with activity as (
    select * from {{ ref('agg_trade_activity_monthly') }}
),

final as (
    select
        a.strategy as strategy,
        -- a strategy that changed its type has the type of its last trade
        {{ arg_max('a.last_strategy_type', last_trade) }} as strategy_type,
        sum(a.trades) as trades,
        count(distinct a.account_id) as accounts,
        min(a.first_closed_at) as first_closed_at,
        max(a.last_closed_at) as last_closed_at
    from activity as a
    group by a.strategy
)

select * from final
