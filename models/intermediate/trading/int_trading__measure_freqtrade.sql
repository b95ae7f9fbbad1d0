with trades as (
    select * from {{ ref('fct_trades') }}
),

accounts as (
    select * from {{ ref('dim_account') }}
),

windows as (
    select * from {{ ref('int_trading__list_windows') }}
    where "window" = 'all'
),

-- whole days of the run; of one that has not ended, up to the last trade
spans as (
    select
        t.account_id as account_id,
        max(t.closed_at) as last_closed_at
    from trades as t
    group by t.account_id
),

runs as (
    select
        a.account_id as account_id,
        {{ num('a.starting_equity') }} as capital,
        greatest(
            floor({{ num(seconds_between(
                'a.started_at', 'coalesce(a.ended_at, s.last_closed_at)'
            )) }} / 86400),
            1
        ) as run_days
    from accounts as a
    inner join spans as s on a.account_id = s.account_id
),

-- the peer takes its own profit, and keeps the order of its file where trades close together
closed as (
    select
        t.account_id as account_id,
        t.strategy as strategy,
        t.closed_at as closed_at,
        coalesce(t.reported_pnl, t.net_pnl) as profit,
        row_number() over (
            partition by t.account_id order by t.closed_at, t.trade_id
        ) as nth,
        case
            when t.closed_at < max(t.closed_at) over (
                partition by t.account_id order by t.trade_id
                rows between unbounded preceding and current row
            ) then 1
            else 0
        end as is_out_of_order
    from trades as t
    inner join windows as w on t.account_id = w.account_id
    where t.trade_date <= w.as_of
),

counted as (
    select
        closed.*,
        strategy as counts_for
    from closed
    union all
    select
        closed.*,
        '*' as counts_for
    from closed
),

listed as (
    select
        c.account_id as account_id,
        c.counts_for as strategy,
        count(*) as trades,
        count(*) filter (where c.profit > 0) as wins,
        count(*) filter (where c.profit < 0) as losses,
        {{ money('sum(' ~ wide('c.profit') ~ ')') }} as total_profit,
        {{ money('sum(case when c.profit > 0 then ' ~ wide('c.profit') ~ ' else 0 end)') }}
            as profit_of_wins,
        {{ money('sum(case when c.profit < 0 then ' ~ wide('c.profit') ~ ' else 0 end)') }}
            as profit_of_losses,
        max(c.profit) as best,
        min(c.profit) as worst,
        max(case when c.profit < 0 then c.profit end) as best_loss,
        -- ties whose order the file does not give
        case
            when sum(c.is_out_of_order) > 0 then count(*) - count(distinct c.closed_at)
            else 0
        end as unordered_ties,
        {{ list_agg('c.profit', ['c.nth']) }} as profits
    from counted as c
    group by c.account_id, c.counts_for
),

fallen as (
    select
        l.*,
        r.run_days as run_days,
        r.capital as capital,
        {{ list_running_sum({'p': 'l.profits'}, 'p') }} as totals,
        {{ list_running_excess({'p': 'l.profits'}, '-p') }} as falls
    from listed as l
    inner join runs as r on l.account_id = r.account_id
),

deepest as (
    select
        fallen.*,
        {{ num('total_profit') }} / trades as mean_profit,
        {{ num('profit_of_losses') }} / greatest(losses, 1) as mean_loss,
        {{ list_max({'f': 'falls'}, 'f') }} as deepest_fall,
        {{ list_max({'t': 'totals', 'f': 'falls'}, 't + f') }} as highest_total
    from fallen
),

final as (
    select
        account_id,
        strategy,
        trades,
        wins,
        losses,
        total_profit,
        profit_of_wins,
        profit_of_losses,
        capital,
        run_days,
        unordered_ties,
        best = worst as is_constant,
        best_loss = worst as has_equal_losses,
        deepest_fall,
        -- the high before the first of the deepest falls: highs never fall
        {{ list_min(
            {'t': 'totals', 'f': 'falls'},
            'case when f = deepest_fall then t + f else highest_total end'
        ) }} as high_of_deepest,
        {{ list_sum({'p': 'profits'}, 'pow(' ~ num('p') ~ ' - mean_profit, 2)') }} as sum_squares,
        {{ list_sum(
            {'p': 'profits'},
            'case when p < 0 then pow(' ~ num('p') ~ ' - mean_loss, 2) else 0 end'
        ) }} as sum_squares_of_losses
    from deepest
)

select * from final
