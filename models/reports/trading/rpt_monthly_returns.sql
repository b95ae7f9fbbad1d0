{{
    config(
        order_by=['account_id', 'strategy', 'month']
    )
}}

with curves as (
    select * from {{ ref('rpt_equity_curve') }}
),

months as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        cast(date_trunc('month', c.day) as date) as month,
        count(*) as days,
        count(*) - count(c.daily_return) as unfunded_days,
        {{ money('sum(' ~ wide('c.net_pnl') ~ ')') }} as net_pnl,
        {{ money('sum(' ~ wide('c.cash_flow') ~ ')') }} as cash_flow,
        min(c.daily_return) as worst_day_return,
        max(c.daily_return) as best_day_return,
        {{ list_agg('coalesce(c.daily_return, 0)', ['c.day']) }} as returns
    from curves as c
    group by c.account_id, c.strategy, cast(date_trunc('month', c.day) as date)
),

compounded as (
    select
        months.*,
        cast(extract(year from month) as smallint) as year,
        cast(extract(month from month) as smallint) as month_of_year,
        case
            when unfunded_days = 0 and worst_day_return >= -1
                then {{ list_product({'r': 'returns'}, '1 + r') }} - 1
        end as month_return
    from months
),

final as (
    select
        account_id,
        strategy,
        month,
        year,
        month_of_year,
        days,
        net_pnl,
        cash_flow,
        month_return,
        best_day_return,
        worst_day_return,
        {{ reasons({
            'month_return': [('no_capital', 'true')],
            'best_day_return': [('no_capital', 'true')],
            'worst_day_return': [('no_capital', 'true')],
        }) | indent(8) }} as undefined_metrics
    from compounded
)

select * from final
