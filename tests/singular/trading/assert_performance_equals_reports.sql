-- Fails when rpt_performance contradicts the reports that list what it sums up: the deepest of all
-- drawdowns, the longest streaks, the trades of the rollup.
with performance as (
    select * from {{ ref('rpt_performance') }}
    where "window" = 'all'
),

drawdowns as (
    select
        account_id,
        strategy,
        max(depth_abs) as depth_abs
    from {{ ref('rpt_drawdowns') }}
    group by account_id, strategy
),

streaks as (
    select
        account_id,
        strategy,
        max(case when outcome = 'win' then trades else 0 end) as wins,
        max(case when outcome = 'loss' then trades else 0 end) as losses
    from {{ ref('rpt_streaks') }}
    group by account_id, strategy
)

select
    p.account_id as account_id,
    p.strategy as strategy
from performance as p
left join drawdowns as d on p.account_id = d.account_id and p.strategy = d.strategy
left join streaks as s on p.account_id = s.account_id and p.strategy = s.strategy
where
    p.max_drawdown_abs != coalesce(d.depth_abs, 0)
    or p.max_win_streak != coalesce(s.wins, 0)
    or p.max_loss_streak != coalesce(s.losses, 0)
