-- Fails when a row of a curve contradicts itself or the row before: a drawdown that is negative
-- or is not peak less equity, equity that does not follow from the day before, a NULL without its
-- reason.
with curve as (
    select
        c.*,
        sum({{ wide('c.net_pnl') }} + {{ wide('c.cash_flow') }}) over (
            partition by c.account_id, c.strategy order by c.day
            rows between unbounded preceding and current row
        ) as moved_so_far
    from {{ ref('rpt_equity_curve') }} as c
),

accounts as (
    select
        account_id,
        starting_equity
    from {{ ref('dim_account') }}
)

select
    c.account_id as account_id,
    c.strategy as strategy,
    c.day as day
from curve as c
inner join accounts as a on c.account_id = a.account_id
where
    c.drawdown_abs < 0
    or (c.equity is null) != (a.starting_equity is null)
    or c.equity != a.starting_equity + c.moved_so_far
    or c.peak_equity - c.equity != c.drawdown_abs
    or c.drawdown_rel < 0
    or (c.strategy != '*' and c.cash_flow != 0)
    or (c.equity is null) != (c.undefined_metrics like '%equity=no_capital;%')
    or (c.daily_return is null) != (c.undefined_metrics like '%daily_return=no_capital;%')
    or (c.drawdown_rel is null) != (c.undefined_metrics like '%drawdown_rel=no_capital;%')
