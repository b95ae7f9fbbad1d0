{{
    config(
        materialized='table',
        order_by=['account_id', 'strategy', 'window']
    )
}}

with trades as (
    select * from {{ ref('int_trading__merge_trade_parts') }}
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
    group by grouping sets ((account_id, "window", strategy), (account_id, "window"))
),

-- a window without trades is a row all the same
final as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        c."window" as "window",
        {%- for column in [
            'trades', 'wins', 'losses', 'break_evens', 'gross_profit', 'gross_loss', 'net_pnl',
            'fees', 'funding', 'notional', 'n_r', 'max_win_streak', 'max_loss_streak',
        ] %}
            coalesce(t.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        t.largest_win as largest_win,
        t.largest_loss as largest_loss,
        t.sum_holding_s as sum_holding_s,
        t.sum_holding_win_s as sum_holding_win_s,
        t.sum_holding_loss_s as sum_holding_loss_s,
        m.median_holding_s as median_holding_s,
        case when t.n_r > 0 then t.mean_r end as mean_r,
        t.deviation_r as deviation_r
    from curves as c
    left join trades as t
        on c.account_id = t.account_id and c.strategy = t.strategy and c."window" = t."window"
    left join medians as m
        on c.account_id = m.account_id and c.strategy = m.strategy and c."window" = m."window"
)

select * from final
