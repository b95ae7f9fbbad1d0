{{
    config(
        order_by=['account_id', 'strategy', 'day']
    )
}}

with account_days as (
    select * from {{ ref('int_trading__list_account_days') }}
),

movements as (
    select * from {{ ref('int_trading__sum_daily_movements') }}
),

curves as (
    select
        account_id,
        strategy
    from {{ ref('agg_trades_daily') }}
    group by account_id, strategy
    union all
    select
        account_id,
        '*' as strategy
    from {{ ref('dim_account') }}
),

filled as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        d.day as day,
        {{ wide('d.starting_equity') }} as start,
        {{ wide('coalesce(m.net_pnl, 0)') }} as day_pnl,
        {{ wide('coalesce(m.cash_flow, 0)') }} as day_flow
    from curves as c
    inner join account_days as d on c.account_id = d.account_id
    left join movements as m
        on
            c.account_id = m.account_id
            and c.strategy = m.strategy
            and d.day = m.day
),

accumulated as (
    select
        filled.*,
        sum(day_pnl) over (
            partition by account_id, strategy order by day
            rows between unbounded preceding and current row
        ) as pnl_so_far,
        sum(day_flow) over (
            partition by account_id, strategy order by day
            rows between unbounded preceding and current row
        ) as flow_so_far
    from filled
),

-- The peak is of the profit, so that a deposit makes no new high and a withdrawal no drawdown;
-- it is never below 0, so the first peak is the starting equity.
peaked as (
    select
        accumulated.*,
        greatest(
            max(pnl_so_far) over (
                partition by account_id, strategy order by day
                rows between unbounded preceding and current row
            ),
            {{ wide('0') }}
        ) as peak_pnl
    from accumulated
),

levels as (
    select
        account_id,
        strategy,
        day,
        {{ money('day_pnl') }} as net_pnl,
        {{ money('day_flow') }} as cash_flow,
        {{ money('pnl_so_far') }} as cumulative_pnl,
        {{ money('start + flow_so_far + pnl_so_far') }} as equity,
        -- equity of the day before and the day's flows
        {{ money('start + flow_so_far + pnl_so_far - day_pnl') }} as day_capital,
        {{ money('start + flow_so_far + peak_pnl') }} as peak_equity,
        {{ money('peak_pnl - pnl_so_far') }} as drawdown_abs
    from peaked
),

final as (
    select
        account_id,
        strategy,
        day,
        net_pnl,
        cash_flow,
        cumulative_pnl,
        equity,
        case when day_capital > 0 then {{ ratio('net_pnl', 'day_capital') }} end as daily_return,
        peak_equity,
        drawdown_abs,
        case when peak_equity > 0 then {{ ratio('drawdown_abs', 'peak_equity') }} end
            as drawdown_rel,
        concat(
            case when equity is null then 'equity=no_capital;' else '' end,
            case when day_capital > 0 then '' else 'daily_return=no_capital;' end,
            case when peak_equity is null then 'peak_equity=no_capital;' else '' end,
            case when peak_equity > 0 then '' else 'drawdown_rel=no_capital;' end
        ) as undefined_metrics
    from levels
)

select * from final
