{{
    config(
        materialized='partitioned',
        order_by=['zone', 'day'],
        changes=[{'content': 'int_reference__zones'}]
    )
}}

{%- set days = calendar_days() %}

with zones as (
    select zone from {{ ref('int_reference__zones') }}
),

-- one day more than the calendar, whose start ends the last day
days as (
    select cast(cast('{{ days.start }}' as date) + generate_series as date) as day
    from generate_series(0, {{ days.count }})
),

midnights as (
    select
        days.day as day,
        zones.zone as zone,
        {{ utc_midnight('days.day') }} as midnight
    from days
    cross join zones
),

-- offsets lie between -12 and +14 hours: a day starts somewhere in this window
offsets as (
    select
        day,
        zone,
        midnight,
        {{ utc_offset_s("midnight - interval '15 hour'", 'zone') }} as offset_before_s,
        {{ utc_offset_s("midnight + interval '13 hour'", 'zone') }} as offset_after_s
    from midnights
),

candidates as (
    select
        day,
        zone,
        offset_before_s,
        offset_after_s,
        {{ dbt.dateadd('second', '-offset_before_s', 'midnight') }} as start_before,
        {{ dbt.dateadd('second', '-offset_after_s', 'midnight') }} as start_after
    from offsets
),

-- a candidate counts when the zone's own date says so: a skipped midnight leaves one, a skipped
-- day none
local_dates as (
    select
        day,
        zone,
        start_before,
        start_after,
        cast(case
            when offset_before_s = offset_after_s then day
            else {{ local_date('start_before', 'zone') }}
        end as date) as date_before,
        cast(case
            when offset_before_s = offset_after_s then day
            else {{ local_date('start_after', 'zone') }}
        end as date) as date_after
    from candidates
),

starts as (
    select
        day,
        zone,
        case
            when date_before <> day then start_after
            when date_after <> day then start_before
            else least(start_before, start_after)
        end as day_start
    from local_dates
    where date_before = day or date_after = day
),

intervals as (
    select
        day,
        zone,
        day_start,
        lead(day_start) over (partition by zone order by day) as next_start
    from starts
),

measured as (
    select
        day,
        zone,
        day_start,
        next_start,
        cast({{ seconds_between('day_start', 'next_start') }} as integer) as seconds,
        cast({{ utc_offset_s('day_start', 'zone') }} as integer) as offset_start_s,
        cast({{ utc_offset_s("next_start - interval '1 second'", 'zone') }} as integer)
            as offset_end_s
    from intervals
    where day <= cast('{{ days.end }}' as date)
),

final as (
    select
        day,
        zone,
        cast(day_start as {{ type_instant() }}) as starts_at,
        cast(next_start as {{ type_instant() }}) as ends_at,
        seconds,
        cast(round(seconds / 3600.0, 2) as numeric(4, 2)) as hours,
        offset_start_s as utc_offset_start_s,
        offset_end_s as utc_offset_end_s,
        cast(seconds <> 86400 or offset_start_s <> offset_end_s as boolean) as is_dst_transition
    from measured
)

select * from final
