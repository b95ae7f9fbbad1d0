{{
    config(
        order_by='venue',
        query_settings={'join_use_nulls': 1}
    )
}}

with venues as (
    select * from {{ ref('venues') }}
),

commissions as (
    select *
    from {{ ref('dim_venue_commission') }}
    where is_current and market = '*'
),

entries as (
    select venue_entry as venue from {{ ref('agg_trade_activity_monthly') }} group by venue_entry
),

exits as (
    select venue_exit as venue from {{ ref('agg_trade_activity_monthly') }} group by venue_exit
),

occurring as (
    select cast(venue as {{ dbt.type_string() }}) as venue from venues
    union all
    select cast(venue as {{ dbt.type_string() }}) as venue from entries
    union all
    select cast(venue as {{ dbt.type_string() }}) as venue from exits
    {%- for sighting in sightings() if sighting.names_venue %}
        union all
        select cast(venue as {{ dbt.type_string() }}) as venue
        from {{ ref(sighting.model) }}
        group by venue
    {%- endfor %}
),

-- an empty venue is one that the source does not name
all_venues as (
    select venue from occurring where venue <> '' group by venue
),

final as (
    select
        all_venues.venue as venue,
        coalesce(venues.name, all_venues.venue) as name,
        coalesce(venues.kind, 'unknown') as kind,
        venues.country as country,
        cast(venues.venue is null as boolean) as is_inferred,
        commissions.maker_rate as maker_rate,
        commissions.taker_rate as taker_rate,
        commissions.seller_rate as seller_rate,
        commissions.valid_from as commissions_valid_from
    from all_venues
    left join venues on all_venues.venue = venues.venue
    left join commissions on all_venues.venue = commissions.venue
)

select * from final
