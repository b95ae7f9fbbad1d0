-- Fails when agg_trades_daily does not add up to fct_trades for an account and strategy: trades
-- in no group or in two, or a sum that wrapped.
with facts as (
    select
        f.account_id as account_id,
        f.strategy as strategy,
        count(*) as trades,
        sum({{ wide('f.net_pnl') }}) as net_pnl,
        sum({{ wide('f.gross_pnl') }}) as gross_pnl,
        sum({{ wide('f.notional') }}) as notional
    from {{ ref('fct_trades') }} as f
    group by f.account_id, f.strategy
),

rollup_sums as (
    select
        d.account_id as account_id,
        d.strategy as strategy,
        sum(d.trades) as trades,
        sum(d.wins + d.losses + d.break_evens) as decided_trades,
        sum(d.long_trades + d.short_trades) as sided_trades,
        sum({{ wide('d.net_pnl') }}) as net_pnl,
        sum({{ wide('d.gross_profit') }} + {{ wide('d.gross_loss') }}) as split_pnl,
        sum({{ wide('d.net_pnl') }} + {{ wide('d.fees') }} - {{ wide('d.funding') }}) as gross_pnl,
        sum({{ wide('d.notional') }}) as notional
    from {{ ref('agg_trades_daily') }} as d
    group by d.account_id, d.strategy
)

select
    facts.account_id as facts_account_id,
    rollup_sums.account_id as rollup_account_id,
    coalesce(facts.strategy, rollup_sums.strategy) as strategy
from facts
full outer join rollup_sums
    on facts.account_id = rollup_sums.account_id and facts.strategy = rollup_sums.strategy
where
    facts.account_id is null
    or rollup_sums.account_id is null
    or facts.trades != rollup_sums.trades
    or facts.trades != rollup_sums.decided_trades
    or facts.trades != rollup_sums.sided_trades
    or facts.net_pnl != rollup_sums.net_pnl
    or facts.net_pnl != rollup_sums.split_pnl
    or facts.gross_pnl != rollup_sums.gross_pnl
    or facts.notional != rollup_sums.notional
