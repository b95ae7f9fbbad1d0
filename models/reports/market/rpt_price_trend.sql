{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set symbol_id = view_parameter('symbol_id', 'String') %}
{%- set days = view_parameter('days', 'UInt16') %}

with prices as (
    select * from {{ ref('agg_prices_hourly') }}
    where symbol_id = {{ symbol_id }}
),

-- the last days of the symbol's own prices
ends as (
    select max(hour_start) as last_hour from prices
),

final as (
    select
        p.venue as venue,
        p.currency as currency,
        p.hour_start as hour_start,
        p.samples as samples,
        p.first_price as first_price,
        p.min_price as min_price,
        p.max_price as max_price,
        p.last_price as last_price,
        p.avg_price as avg_price,
        {{ ratio('p.last_price', 'p.first_price') }} - 1 as change_rel
    from prices as p
    cross join ends as e
    where {{ seconds_between('p.hour_start', 'e.last_hour') }} < 86400 * {{ days }}
)

select * from final
