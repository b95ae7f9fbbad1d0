with curves as (
    select * from {{ ref('rpt_equity_curve') }}
),

windows as (
    select * from {{ ref('int_trading__list_windows') }}
),

-- One list of days a curve, sorted once; what has no capital is 0 in the lists.
listed as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        {{ list_agg('c.day', ['c.day']) }} as all_days,
        {{ list_agg('c.net_pnl', ['c.day']) }} as all_pnl,
        {{ list_agg(num('coalesce(c.equity, 0)'), ['c.day']) }} as all_equity,
        {{ list_agg('coalesce(c.daily_return, 0)', ['c.day']) }} as all_returns,
        max(case when c.daily_return is null then c.day end) as last_unfunded_day
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
        w.is_funded and coalesce(l.last_unfunded_day < w.first_day, true) as has_returns,
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
        p.has_returns as has_returns,
        p.daily_risk_free as daily_risk_free,
        p.daily_acceptable as daily_acceptable,
        {{ list_part('p.all_days', 'p.first_position') }} as days,
        {{ list_part('p.all_pnl', 'p.first_position') }} as pnl,
        {{ list_part('p.all_equity', 'p.first_position') }} as equity,
        {{ list_part('p.all_returns', 'p.first_position') }} as returns
    from placed as p
),

-- The peak is of the profit since the window began, so it starts at the equity before it.
fallen as (
    select
        cut.*,
        {{ list_running_excess({'p': 'pnl'}, '-p') }} as drawdowns_abs
    from cut
),

converted as (
    select
        fallen.*,
        {{ list_map({'fall': 'drawdowns_abs'}, num('fall')) }} as falls
    from fallen
),

-- a peak of 0 or less is no measure of a fall: -1 stands for none
final as (
    select
        converted.*,
        {{ list_map(
            {'fall': 'falls', 'e': 'equity'},
            'case when e + fall > 0 then fall / (e + fall) else -1 end'
        ) }} as drawdowns_rel
    from converted
)

select * from final
