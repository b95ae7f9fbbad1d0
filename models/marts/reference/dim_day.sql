{{
    config(
        materialized='partitioned',
        order_by='day',
        changes=[{'content': 'exchange_holidays'}]
    )
}}

{%- set days = calendar_days() %}

with holidays as (
    select * from {{ ref('exchange_holidays') }} where exchange = '{{ var("equities_exchange") }}'
),

holiday_years as (
    select
        min(extract(year from day)) as first_year,
        max(extract(year from day)) as last_year
    from holidays
),

days as (
    select cast(cast('{{ days.start }}' as date) + generate_series as date) as day
    from generate_series(0, {{ days.count - 1 }})
),

parts as (
    select
        day,
        cast(extract(year from day) as smallint) as year,
        cast(extract(quarter from day) as smallint) as quarter,
        cast(extract(month from day) as smallint) as month,
        cast(extract(day from day) as smallint) as day_of_month,
        cast(extract(doy from day) as smallint) as day_of_year,
        cast(extract(isodow from day) as smallint) as weekday,
        cast(extract(week from day) as smallint) as iso_week,
        cast(date_trunc('week', day) as date) as week_start,
        cast(date_trunc('month', day) as date) as month_start,
        cast(date_trunc('quarter', day) as date) as quarter_start
    from days
),

final as (
    select
        parts.day as day,
        parts.year as year,
        parts.quarter as quarter,
        parts.month as month,
        parts.day_of_month as day_of_month,
        parts.day_of_year as day_of_year,
        parts.weekday as weekday,
        -- the Thursday of a week says which year the week belongs to
        cast(extract(year from parts.week_start + 3) as smallint) as iso_year,
        parts.iso_week as iso_week,
        parts.week_start as week_start,
        parts.month_start as month_start,
        parts.quarter_start as quarter_start,
        cast(parts.weekday >= 6 as boolean) as is_weekend,
        holidays.name as exchange_holiday,
        cast(parts.weekday < 6 and holidays.name is null as boolean) as is_exchange_session,
        cast(
            parts.year between holiday_years.first_year and holiday_years.last_year as boolean
        ) as is_exchange_calendar_known
    from parts
    cross join holiday_years
    left join holidays on parts.day = holidays.day
)

select * from final
