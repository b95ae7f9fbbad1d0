with curves as (
    select * from {{ ref('rpt_equity_curve') }}
),

windows as (
    select * from {{ ref('int_trading__list_windows') }}
),

-- One list of days a curve, sorted once; what has no capital is 0 in the lists, and counted.
listed as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        {{ list_agg('c.day', ['c.day']) }} as all_days,
        {{ list_agg('c.net_pnl', ['c.day']) }} as all_pnl,
        {{ list_agg('coalesce(c.equity, 0)', ['c.day']) }} as all_equity,
        {{ list_agg('coalesce(c.daily_return, 0)', ['c.day']) }} as all_returns,
        {{ list_agg('case when c.daily_return is null then 1 else 0 end', ['c.day']) }}
            as all_unfunded
    from curves as c
    group by c.account_id, c.strategy
),

placed as (
    select
        l.account_id as account_id,
        l.strategy as strategy,
        w."window" as "window",
        w.first_day as first_day,
        w.as_of as as_of,
        w.periods_per_year as periods_per_year,
        w.is_funded as is_funded,
        w.daily_risk_free as daily_risk_free,
        w.daily_acceptable as daily_acceptable,
        l.all_days as all_days,
        l.all_pnl as all_pnl,
        l.all_equity as all_equity,
        l.all_returns as all_returns,
        l.all_unfunded as all_unfunded,
        1 + {{ list_sum({'d': 'l.all_days'}, 'case when d < w.first_day then 1 else 0 end') }}
            as first_position
    from listed as l
    inner join windows as w on l.account_id = w.account_id
),

cut as (
    select
        p.account_id as account_id,
        p.strategy as strategy,
        p."window" as "window",
        p.first_day as first_day,
        p.as_of as as_of,
        p.periods_per_year as periods_per_year,
        p.is_funded as is_funded,
        p.daily_risk_free as daily_risk_free,
        p.daily_acceptable as daily_acceptable,
        {{ list_part('p.all_days', 'p.first_position') }} as days,
        {{ list_part('p.all_pnl', 'p.first_position') }} as pnl,
        {{ list_part('p.all_equity', 'p.first_position') }} as equity,
        {{ list_part('p.all_returns', 'p.first_position') }} as returns,
        {{ list_part('p.all_unfunded', 'p.first_position') }} as unfunded
    from placed as p
),

-- The peak is of the profit since the window began, so it starts at the equity before it.
fallen as (
    select
        cut.*,
        {{ list_running_excess({'p': 'pnl'}, '-p') }} as drawdowns_abs
    from cut
),

-- a peak of 0 or less is no measure of a fall; rows with one are counted by their reader
final as (
    select
        fallen.*,
        {{ list_map(
            {'fall': 'drawdowns_abs', 'e': 'equity'},
            'case when e + fall > 0 then ' ~ num('fall') ~ ' / ' ~ num('e + fall') ~ ' else 0 end'
        ) }} as drawdowns_rel
    from fallen
)

select * from final
