{{
    config(
        materialized='table',
        order_by=['account_id', 'strategy', 'window']
    )
}}

{%- set counts = ['trades', 'wins', 'losses', 'break_evens'] %}
{%- set amounts = ['gross_profit', 'gross_loss', 'net_pnl', 'fees', 'funding', 'notional'] %}
{%- set holdings = ['sum_holding_s', 'sum_holding_win_s', 'sum_holding_loss_s'] %}
{%- set group = 'account_id, strategy, "window"' %}

with parts as (
    select * from {{ ref('int_trading__list_trade_parts') }}
),

windows as (
    select * from {{ ref('int_trading__list_windows') }}
),

streaks as (
    select * from {{ ref('int_trading__measure_streaks') }}
),

curves as (
    select
        account_id,
        strategy,
        "window"
    from {{ ref('int_trading__measure_return_windows') }}
),

summed as (
    select
        {{ group }},
        {%- for column in counts %}
            sum(p.{{ column }}) as {{ column }},
        {%- endfor %}
        {%- for column in amounts %}
            {{ money('sum(' ~ wide('p.' ~ column) ~ ')') }} as {{ column }},
        {%- endfor %}
        {%- for column in holdings %}
            sum(p.{{ column }}) as {{ column }},
        {%- endfor %}
        max(p.largest_win) as largest_win,
        min(p.largest_loss) as largest_loss,
        sum(p.n_r) as n_r,
        max(p.best_r) as best_r,
        min(p.worst_r) as worst_r,
        {{ list_agg('p.n_r', ['p.month']) }} as counts_r,
        {{ list_agg('p.mean_r', ['p.month']) }} as means_r,
        {{ list_agg('p.sum_squares_r', ['p.month']) }} as sums_squares_r
    from parts as p
    group by {{ group }}
),

averaged as (
    select
        summed.*,
        {{ list_sum({'n': 'counts_r', 'm': 'means_r'}, 'n * m') }} / greatest(n_r, 1) as mean_r
    from summed
),

measured as (
    select
        averaged.*,
        case
            when n_r < 2 then null
            when best_r = worst_r then 0
            else sqrt(
                {{ list_sum(
                    {'n': 'counts_r', 'm': 'means_r', 's': 'sums_squares_r'},
                    's + n * (m - mean_r) * (m - mean_r)'
                ) }} / greatest(n_r - 1, 1)
            )
        end as deviation_r
    from averaged
),

-- short windows apart, for which the engine reads the last trades alone
window_trades as (
    {%- for length in ["= 'all'", "<> 'all'"] %}
        select
            t.account_id as account_id,
            t.strategy as strategy,
            w."window" as "window",
            t.holding_s as holding_s
        from {{ ref('fct_trades') }} as t
        inner join windows as w on t.account_id = w.account_id
        where
            w."window" {{ length }}
            and t.trade_date >= (select min(first_day) from windows where "window" {{ length }})
            and t.trade_date >= w.first_day
            and t.trade_date <= w.as_of
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

medians as (
    select
        account_id,
        case when grouping(strategy) = 1 then '*' else strategy end as strategy,
        "window",
        {{ quantile('holding_s', 0.5) }} as median_holding_s
    from window_trades
    group by rollup (account_id, "window", strategy)
    having grouping("window") = 0
),

-- a window without trades is a row all the same
final as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        c."window" as "window",
        {%- for column in counts + amounts %}
            coalesce(a.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        a.largest_win as largest_win,
        a.largest_loss as largest_loss,
        {%- for column in holdings %}
            a.{{ column }} as {{ column }},
        {%- endfor %}
        m.median_holding_s as median_holding_s,
        coalesce(a.n_r, 0) as n_r,
        case when a.n_r > 0 then a.mean_r end as mean_r,
        a.deviation_r as deviation_r,
        coalesce(s.max_win_streak, 0) as max_win_streak,
        coalesce(s.max_loss_streak, 0) as max_loss_streak
    from curves as c
    left join measured as a
        on c.account_id = a.account_id and c.strategy = a.strategy and c."window" = a."window"
    left join streaks as s
        on c.account_id = s.account_id and c.strategy = s.strategy and c."window" = s."window"
    left join medians as m
        on c.account_id = m.account_id and c.strategy = m.strategy and c."window" = m."window"
)

select * from final
