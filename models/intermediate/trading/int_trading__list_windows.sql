{{
    config(
        materialized='table',
        order_by=['account_id', 'window']
    )
}}

with curves as (
    select * from {{ ref('rpt_equity_curve') }}
),

accounts as (
    select * from {{ ref('dim_account') }}
),

-- 0 days: all of them
windows as (
    select
        '30' as "window",
        30 as window_days
    union all
    select
        '90' as "window",
        90 as window_days
    union all
    select
        '365' as "window",
        365 as window_days
    union all
    select
        'all' as "window",
        0 as window_days
),

-- every account has the curve of the whole
spans as (
    select
        account_id,
        min(day) as start_day,
        max(day) as as_of
    from curves
    where strategy = '*'
    group by account_id
),

final as (
    select
        s.account_id as account_id,
        w."window" as "window",
        cast(
            case
                when w.window_days = 0 then s.start_day
                else greatest(s.start_day, s.as_of - w.window_days + 1)
            end as date
        ) as first_day,
        s.as_of as as_of,
        a.periods_per_year as periods_per_year,
        a.starting_equity is not null as is_funded,
        {{ daily_rate('risk_free_rate', 'a.periods_per_year') }} as daily_risk_free,
        {{ daily_rate('minimum_acceptable_return', 'a.periods_per_year') }} as daily_acceptable
    from spans as s
    inner join accounts as a on s.account_id = a.account_id
    cross join windows as w
)

select * from final
