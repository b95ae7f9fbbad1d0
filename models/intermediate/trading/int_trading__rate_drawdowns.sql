with windows as (
    select * from {{ ref('int_trading__rate_returns') }}
),

-- every trade of a window is on one of its days
trades as (
    select
        account_id,
        strategy,
        "window",
        net_pnl
    from {{ ref('int_trading__measure_trade_windows') }}
),

-- without a drawdown there are no dates of one
dated as (
    select
        w.account_id as account_id,
        w.strategy as strategy,
        w."window" as "window",
        has_returns,
        has_peaks,
        cagr,
        t.net_pnl as net_pnl,
        deepest_abs as max_drawdown_abs,
        case when deepest_abs > 0 then peak_abs end as max_drawdown_abs_peak,
        case when deepest_abs > 0 then trough_abs end as max_drawdown_abs_trough,
        case when deepest_abs > 0 and recovery_abs <= as_of then recovery_abs end
            as max_drawdown_abs_recovery,
        case when has_peaks then deepest_rel end as max_drawdown_rel,
        case when has_peaks and deepest_rel > 0 then peak_rel end as max_drawdown_rel_peak,
        case when has_peaks and deepest_rel > 0 then trough_rel end as max_drawdown_rel_trough,
        case when has_peaks and deepest_rel > 0 and recovery_rel <= as_of then recovery_rel end
            as max_drawdown_rel_recovery,
        case when has_peaks then sqrt(sum_squared_drawdowns / n_days) end as ulcer_index
    from windows as w
    inner join trades as t
        on w.account_id = t.account_id and w.strategy = t.strategy and w."window" = t."window"
),

lasted as (
    select
        dated.*,
        max_drawdown_rel_trough - max_drawdown_rel_peak as drawdown_days,
        max_drawdown_rel_recovery - max_drawdown_rel_peak as recovery_days,
        {{ ratio('cagr', 'max_drawdown_rel') }} as calmar,
        {{ ratio('net_pnl', 'max_drawdown_abs') }} as recovery_factor
    from dated
),

final as (
    select
        lasted.*,
        {%- set flat_abs = ('no_drawdown', 'max_drawdown_abs = 0') %}
        {%- set flat_rel = ('no_drawdown', 'max_drawdown_rel = 0') %}
        {%- set no_capital = ('no_capital', 'not has_peaks') %}
        {%- set open = ('not_recovered', 'true') %}
        {{ reasons({
            'max_drawdown_abs_peak': [flat_abs],
            'max_drawdown_abs_trough': [flat_abs],
            'max_drawdown_abs_recovery': [flat_abs, open],
            'max_drawdown_rel': [no_capital],
            'max_drawdown_rel_peak': [no_capital, flat_rel],
            'max_drawdown_rel_trough': [no_capital, flat_rel],
            'max_drawdown_rel_recovery': [no_capital, flat_rel, open],
            'drawdown_days': [no_capital, flat_rel],
            'recovery_days': [no_capital, flat_rel, open],
            'calmar': [
                no_capital, flat_rel, ('out_of_range', 'has_returns'), ('no_capital', 'true')
            ],
            'recovery_factor': [flat_abs],
            'ulcer_index': [no_capital],
        }) | indent(8) }} as undefined_drawdowns
    from lasted
)

select * from final
