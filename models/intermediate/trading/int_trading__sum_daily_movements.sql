with strategy_pnl as (
    select
        d.account_id as account_id,
        d.strategy as strategy,
        d.trade_date as day,
        sum({{ wide('d.net_pnl') }}) as day_pnl
    from {{ ref('agg_trades_daily') }} as d
    group by d.account_id, d.strategy, d.trade_date
),

movements as (
    select
        account_id,
        strategy,
        day,
        day_pnl,
        {{ wide('0') }} as day_flow
    from strategy_pnl
    union all
    select
        account_id,
        '*' as strategy,
        day,
        day_pnl,
        {{ wide('0') }} as day_flow
    from strategy_pnl
    union all
    select
        account_id,
        '*' as strategy,
        day,
        {{ wide('0') }} as day_pnl,
        {{ wide('cash_flow') }} as day_flow
    from {{ ref('int_trading__sum_cash_flows') }}
),

final as (
    select
        m.account_id as account_id,
        m.strategy as strategy,
        m.day as day,
        {{ money('sum(m.day_pnl)') }} as net_pnl,
        {{ money('sum(m.day_flow)') }} as cash_flow
    from movements as m
    group by m.account_id, m.strategy, m.day
)

select * from final
