{{
    config(
        order_by=['venue', 'market', 'recorded_at']
    )
}}

with history as (
    select * from {{ ref('venue_commissions_history') }}
),

final as (
    select
        venue,
        market,
        maker_rate,
        taker_rate,
        seller_rate,
        valid_from,
        cast(dbt_valid_from as {{ type_instant() }}) as recorded_at,
        cast(dbt_valid_to as {{ type_instant() }}) as replaced_at,
        cast(dbt_valid_to is null as boolean) as is_current
    from history
)

select * from final
