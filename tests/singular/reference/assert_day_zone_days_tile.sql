-- A row: in a zone, a day does not end where the next one begins, or its first or last instant has
-- another date on the zone's clock. A trade at that instant would be counted on a wrong day, on two
-- days or on none.
with days as (
    select
        day,
        zone,
        starts_at,
        ends_at,
        seconds,
        row_number() over (partition by zone order by day) as position,
        count(*) over (partition by zone) as days_of_zone,
        lead(starts_at) over (partition by zone order by day) as next_start
    from {{ ref('dim_day_zone') }}
)

select
    day,
    zone,
    starts_at,
    ends_at,
    next_start
from days
where
    ends_at <= starts_at
    or (position < days_of_zone and ends_at <> next_start)
    or seconds <> {{ seconds_between('starts_at', 'ends_at') }}
    or {{ local_date('starts_at', 'zone') }} <> day
    or {{ local_date("ends_at - interval '1 microsecond'", 'zone') }} <> day
