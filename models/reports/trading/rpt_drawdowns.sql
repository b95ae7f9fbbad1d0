{{
    config(
        order_by=['account_id', 'strategy', 'drawdown']
    )
}}

with curves as (
    select * from {{ ref('rpt_equity_curve') }}
),

-- a day at the peak begins an episode, and ends the fall of the one before
numbered as (
    select
        curves.*,
        sum(case when drawdown_abs = 0 then 1 else 0 end) over (
            partition by account_id, strategy order by day
            rows between unbounded preceding and current row
        ) as episode
    from curves
),

episodes as (
    select
        n.account_id as account_id,
        n.strategy as strategy,
        n.episode as episode,
        min(n.day) as first_day,
        max(n.day) as last_day,
        max(n.drawdown_abs) as depth_abs,
        max(n.drawdown_rel) as depth_rel,
        count(*) - count(n.drawdown_rel) as days_without_peak,
        {{ arg_min('n.day', ['-n.drawdown_abs', 'n.day']) }} as trough_day
    from numbered as n
    group by n.account_id, n.strategy, n.episode
),

-- the peak before the first day is the end of the day before it
spanned as (
    select
        e.account_id as account_id,
        e.strategy as strategy,
        e.depth_abs as depth_abs,
        case when e.days_without_peak = 0 then e.depth_rel end as depth_rel,
        case when e.episode = 0 then e.first_day - 1 else e.first_day end as peak_day,
        e.trough_day as trough_day,
        e.last_day as last_day,
        cast(
            e.last_day = max(e.last_day) over (partition by e.account_id, e.strategy) as boolean
        ) as is_open,
        min(e.first_day) over (
            partition by e.account_id, e.strategy order by e.episode
            rows between 1 following and 1 following
        ) as next_peak_day
    from episodes as e
),

dated as (
    select
        account_id,
        strategy,
        row_number() over (partition by account_id, strategy order by peak_day) as drawdown,
        depth_abs,
        depth_rel,
        peak_day,
        trough_day,
        case when not is_open then next_peak_day end as recovery_day,
        is_open,
        case when is_open then last_day else next_peak_day end as end_day
    from spanned
    where depth_abs > 0
),

lasted as (
    select
        dated.*,
        trough_day - peak_day as days_to_trough,
        recovery_day - trough_day as days_to_recovery,
        end_day - peak_day as length_days
    from dated
),

final as (
    select
        account_id,
        strategy,
        drawdown,
        depth_abs,
        depth_rel,
        peak_day,
        trough_day,
        recovery_day,
        is_open,
        days_to_trough,
        days_to_recovery,
        length_days,
        rank() over (
            partition by account_id, strategy order by depth_abs desc
        ) as rank_by_depth,
        {{ reasons({
            'depth_rel': [('no_capital', 'true')],
            'recovery_day': [('not_recovered', 'is_open')],
            'days_to_recovery': [('not_recovered', 'is_open')],
        }) | indent(8) }} as undefined_metrics
    from lasted
)

select * from final
