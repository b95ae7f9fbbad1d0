{{
    config(
        materialized='table',
        order_by=['account_id', 'strategy', 'window']
    )
}}

with trades as (
    select * from {{ ref('int_trading__merge_trade_parts') }}
),

curves as (
    select
        account_id,
        strategy,
        "window"
    from {{ ref('int_trading__measure_return_windows') }}
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
        t.median_holding_s as median_holding_s,
        case when t.n_r > 0 then t.mean_r end as mean_r,
        t.deviation_r as deviation_r
    from curves as c
    left join trades as t
        on c.account_id = t.account_id and c.strategy = t.strategy and c."window" = t."window"
)

select * from final
