{{
    config(
        materialized='table',
        order_by=['account_id', 'strategy', 'window']
    )
}}

with trades as (
    select * from {{ ref('fct_trades') }}
),

windows as (
    select * from {{ ref('int_trading__list_windows') }}
),

curves as (
    select
        account_id,
        strategy,
        "window"
    from {{ ref('int_trading__measure_return_windows') }}
),

-- numbers in place of the keys and the outcome, which lists hold for every window
ordered as (
    select
        trades.*,
        case outcome when 'win' then 1 when 'loss' then -1 else 0 end as direction,
        row_number() over (
            partition by account_id order by closed_at, opened_at, trade_id
        ) as nth
    from trades
),

-- the subtotal over strategies is the whole account
grouped as (
    select
        t.account_id as account_id,
        case when grouping(t.strategy) = 1 then '*' else t.strategy end as strategy,
        w."window" as "window",
        {{ trade_measures('t') | indent(8) }},
        sum(case when t.outcome = 'win' then t.holding_s end) as sum_holding_win_s,
        sum(case when t.outcome = 'loss' then t.holding_s end) as sum_holding_loss_s,
        {{ quantile('t.holding_s', 0.5) }} as median_holding_s,
        count(t.r_multiple) as n_r,
        max(t.r_multiple) as best_r,
        min(t.r_multiple) as worst_r,
        {{ list_agg('t.r_multiple', ['t.r_multiple']) }} as r_multiples,
        {{ list_agg('t.direction', ['t.nth']) }} as directions
    from ordered as t
    inner join windows as w on t.account_id = w.account_id
    where t.trade_date >= w.first_day and t.trade_date <= w.as_of
    group by rollup (t.account_id, w."window", t.strategy)
    having grouping(w."window") = 0
),

averaged as (
    select
        grouped.*,
        {{ list_sum({'r': 'r_multiples'}, 'r') }} / greatest(n_r, 1) as mean_r
    from grouped
),

measured as (
    select
        averaged.*,
        case
            when n_r < 2 then null
            when best_r = worst_r then 0
            else sqrt(
                {{ list_sum({'r': 'r_multiples'}, '(r - mean_r) * (r - mean_r)') }}
                / greatest(n_r - 1, 1)
            )
        end as deviation_r,
        {{ longest_run({'d': 'directions'}, 'd > 0') }} as longest_win_streak,
        {{ longest_run({'d': 'directions'}, 'd < 0') }} as longest_loss_streak
    from averaged
),

-- a window without trades is a row all the same
final as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        c."window" as "window",
        coalesce(m.trades, 0) as trades,
        coalesce(m.wins, 0) as wins,
        coalesce(m.losses, 0) as losses,
        coalesce(m.break_evens, 0) as break_evens,
        coalesce(m.gross_profit, 0) as gross_profit,
        coalesce(m.gross_loss, 0) as gross_loss,
        coalesce(m.net_pnl, 0) as net_pnl,
        coalesce(m.fees, 0) as fees,
        coalesce(m.funding, 0) as funding,
        coalesce(m.notional, 0) as notional,
        m.largest_win as largest_win,
        m.largest_loss as largest_loss,
        m.sum_holding_s as sum_holding_s,
        m.sum_holding_win_s as sum_holding_win_s,
        m.sum_holding_loss_s as sum_holding_loss_s,
        m.median_holding_s as median_holding_s,
        coalesce(m.n_r, 0) as n_r,
        case when m.n_r > 0 then m.mean_r end as mean_r,
        m.deviation_r as deviation_r,
        coalesce(m.longest_win_streak, 0) as max_win_streak,
        coalesce(m.longest_loss_streak, 0) as max_loss_streak
    from curves as c
    left join measured as m
        on c.account_id = m.account_id and c.strategy = m.strategy and c."window" = m."window"
)

select * from final
