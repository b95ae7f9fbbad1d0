{{
    config(
        order_by=['window', 'market', 'strategy']
    )
}}

with days as (
    select * from {{ ref('agg_trades_daily') }}
),

windows as (
    select * from {{ ref('int_trading__list_windows') }}
),

accounts as (
    select
        account_id,
        base_currency
    from {{ ref('dim_account') }}
),

symbols as (
    select
        symbol_id,
        market
    from {{ ref('dim_symbol') }}
),

-- short windows apart, for which the engine reads the last days alone
window_days as (
    {%- for length in ["= 'all'", "<> 'all'"] %}
        select
            w."window" as "window",
            d.*
        from days as d
        inner join windows as w on d.account_id = w.account_id
        where
            w."window" {{ length }}
            and d.trade_date >= (select min(first_day) from windows where "window" {{ length }})
            and d.trade_date >= w.first_day
            and d.trade_date <= w.as_of
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- money of two currencies is not added
measured as (
    select
        d."window" as "window",
        s.market as market,
        d.strategy as strategy,
        a.base_currency as base_currency,
        count(distinct d.account_id) as accounts,
        {{ merge_trade_measures('d') | indent(8) }}
    from window_days as d
    inner join accounts as a on d.account_id = a.account_id
    inner join symbols as s on d.symbol_id = s.symbol_id
    group by d."window", s.market, d.strategy, a.base_currency
),

rated as (
    select
        m.*,
        {{ trade_ratios('m') | indent(8) }}
    from measured as m
),

final as (
    select
        "window",
        market,
        strategy,
        base_currency,
        accounts,
        trades,
        wins,
        losses,
        break_evens,
        gross_profit,
        gross_loss,
        net_pnl,
        fees,
        win_rate_all,
        profit_factor,
        expectancy,
        avg_return,
        rank() over (
            partition by "window", market, base_currency order by net_pnl desc
        ) as rank_by_net_pnl,
        rank() over (
            partition by "window", market, base_currency order by avg_return desc
        ) as rank_by_avg_return,
        {{ reasons({
            'profit_factor': [('no_losses', 'losses = 0')],
            'avg_return': [('no_trades', 'trades = 0')],
        }) | indent(8) }} as undefined_metrics
    from rated
)

select * from final
