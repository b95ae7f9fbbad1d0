-- A row: a price or an indicator value lies outside the calendar, so that it drops out of every
-- report by day. Widen the variables calendar_start and calendar_end.
with instants as (
    select
        'fct_price_snapshots' as model,
        snapshot_at as happened_at
    from {{ ref('fct_price_snapshots') }}
    union all
    select
        'fct_indicator_values' as model,
        ts as happened_at
    from {{ ref('fct_indicator_values') }}
),

bounds as (
    select
        min(starts_at) as first_instant,
        max(ends_at) as end_instant
    from {{ ref('dim_day_zone') }}
    where zone = 'UTC'
)

select
    instants.model as model,
    instants.happened_at as happened_at
from instants
cross join bounds
where instants.happened_at < bounds.first_instant or instants.happened_at >= bounds.end_instant
