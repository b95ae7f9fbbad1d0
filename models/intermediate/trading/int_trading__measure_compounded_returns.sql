with curves as (
    select * from {{ ref('int_trading__list_curve_windows') }}
    where "window" = 'all'
),

measured as (
    select * from {{ ref('int_trading__measure_return_windows') }}
    where "window" = 'all'
),

-- the lowest twentieth is a count of days here
sorted as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        cast(floor((count(*) - 1) * 0.05) as integer) + 1 as lowest_days,
        {{ list_agg('c.daily_return', ['c.daily_return']) }} as rising
    from {{ ref('rpt_equity_curve') }} as c
    group by c.account_id, c.strategy
),

-- The fall of a compounded curve is a sum of logarithms, so what is left is never quite nothing.
-- What a curve that fell below nothing would give has no meaning, and is not read.
fallen as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        c.returns as returns,
        {{ list_running_excess(
            {'r': 'c.returns'}, '-ln(greatest(1 + r, 1e-300))'
        ) }} as log_falls
    from curves as c
),

final as (
    select
        m.account_id as account_id,
        m.strategy as strategy,
        m.n_days as n_days,
        m.has_returns as has_returns,
        m.mean_return as mean_return,
        m.deviation as deviation,
        m.growth as growth,
        m.worst_return as worst_return,
        m.best_return as best_return,
        m.sum_gains as sum_gains,
        m.sum_falls as sum_falls,
        m.percentile_5 as percentile_5,
        m.percentile_95 as percentile_95,
        {{ list_sum({'r': 'f.returns'}, 'pow(least(r, 0), 2)') }} as sum_squared_falls,
        1 - exp(-{{ list_max({'fall': 'f.log_falls'}, 'least(fall, 700)') }}) as deepest_compounded,
        {{ list_sum({'fall': 'f.log_falls'}, 'pow(1 - exp(-least(fall, 700)), 2)') }}
            as sum_squared_compounded,
        {{ list_sum({'r': list_part('s.rising', '1', 's.lowest_days')}, 'r') }} / s.lowest_days
            as mean_of_lowest
    from measured as m
    inner join fallen as f on m.account_id = f.account_id and m.strategy = f.strategy
    inner join sorted as s on m.account_id = s.account_id and m.strategy = s.strategy
)

select * from final
