{{
    config(
        order_by='strategy'
    )
}}

with trades as (
    select * from {{ ref('fct_trades') }}
),

final as (
    select
        strategy,
        -- a strategy that changed its type has the type of its last trade
        {{ arg_max('strategy_type', ['closed_at', 'account_id', 'trade_id']) }} as strategy_type,
        count(*) as trades,
        count(distinct account_id) as accounts,
        min(closed_at) as first_closed_at,
        max(closed_at) as last_closed_at
    from trades
    group by strategy
)

select * from final
