{{
    config(
        order_by=['account_id', 'strategy', 'window']
    )
}}

with trades as (
    select * from {{ ref('int_trading__rate_trades') }}
),

returns as (
    select * from {{ ref('int_trading__rate_returns') }}
),

drawdowns as (
    select * from {{ ref('int_trading__rate_drawdowns') }}
),

final as (
    select
        r.account_id as account_id,
        r.strategy as strategy,
        r."window" as "window",
        r.first_day as first_day,
        r.as_of as as_of,
        r.n_days as n_days,
        t.trades as trades,
        t.wins as wins,
        t.losses as losses,
        t.break_evens as break_evens,
        t.gross_profit as gross_profit,
        t.gross_loss as gross_loss,
        t.net_pnl as net_pnl,
        t.fees as fees,
        t.funding as funding,
        t.notional as notional,
        t.win_rate_all as win_rate_all,
        t.win_rate_decided as win_rate_decided,
        t.avg_win as avg_win,
        t.avg_loss as avg_loss,
        t.largest_win as largest_win,
        t.largest_loss as largest_loss,
        t.payoff_ratio as payoff_ratio,
        t.profit_factor as profit_factor,
        t.expectancy as expectancy,
        t.expectancy_r as expectancy_r,
        t.kelly_fraction as kelly_fraction,
        t.sqn as sqn,
        t.sqn_100 as sqn_100,
        t.max_win_streak as max_win_streak,
        t.max_loss_streak as max_loss_streak,
        t.avg_holding_s as avg_holding_s,
        t.median_holding_s as median_holding_s,
        t.avg_holding_win_s as avg_holding_win_s,
        t.avg_holding_loss_s as avg_holding_loss_s,
        r.total_return as total_return,
        r.cagr as cagr,
        r.volatility as volatility,
        r.sharpe_daily as sharpe_daily,
        r.sortino_daily as sortino_daily,
        d.max_drawdown_rel as max_drawdown_rel,
        d.max_drawdown_rel_peak as max_drawdown_rel_peak,
        d.max_drawdown_rel_trough as max_drawdown_rel_trough,
        d.max_drawdown_rel_recovery as max_drawdown_rel_recovery,
        d.drawdown_days as drawdown_days,
        d.recovery_days as recovery_days,
        d.max_drawdown_abs as max_drawdown_abs,
        d.max_drawdown_abs_peak as max_drawdown_abs_peak,
        d.max_drawdown_abs_trough as max_drawdown_abs_trough,
        d.max_drawdown_abs_recovery as max_drawdown_abs_recovery,
        d.ulcer_index as ulcer_index,
        d.calmar as calmar,
        d.recovery_factor as recovery_factor,
        r.var_95 as var_95,
        r.cvar_95 as cvar_95,
        r.omega as omega,
        r.tail_ratio as tail_ratio,
        r.skew as skew,
        r.kurtosis as kurtosis,
        concat(t.undefined_trades, r.undefined_returns, d.undefined_drawdowns) as undefined_metrics
    from returns as r
    inner join trades as t
        on r.account_id = t.account_id and r.strategy = t.strategy and r."window" = t."window"
    inner join drawdowns as d
        on r.account_id = d.account_id and r.strategy = d.strategy and r."window" = d."window"
)

select * from final
