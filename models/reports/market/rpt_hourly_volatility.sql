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

ends as (
    select max(hour_start) as last_hour from prices
),

-- a return of an hour needs the hour before it: across a gap there is none
hourly as (
    select
        p.venue as venue,
        p.currency as currency,
        p.hour_start as hour_start,
        {{ ratio('p.last_price', 'b.last_price') }} - 1 as hour_return
    from prices as p
    inner join prices as b on p.venue = b.venue and p.currency = b.currency
    cross join ends as e
    where
        {{ seconds_between('b.hour_start', 'p.hour_start') }} = 3600
        and {{ seconds_between('p.hour_start', 'e.last_hour') }} < 86400 * {{ days }}
),

measured as (
    select
        h.venue as venue,
        h.currency as currency,
        {{ local_hour('h.hour_start', "'UTC'") }} as hour,
        count(*) as returns,
        {{ list_agg('h.hour_return', ['h.hour_return']) }} as hour_returns
    from hourly as h
    group by h.venue, h.currency, {{ local_hour('h.hour_start', "'UTC'") }}
),

averaged as (
    select
        measured.*,
        {{ list_sum({'r': 'hour_returns'}, 'r') }} / returns as mean_return
    from measured
),

final as (
    select
        venue,
        currency,
        hour,
        returns,
        mean_return,
        case
            when returns >= 2
                then sqrt(
                    {{ list_sum({'r': 'hour_returns'}, 'pow(r - mean_return, 2)') }}
                    / greatest(returns - 1, 1)
                )
        end as volatility
    from averaged
)

select * from final
