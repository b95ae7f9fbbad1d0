with seeded as (
    select zone from {{ ref('trading_zones') }}
),

accounts as (
    select cast(trading_zone as {{ dbt.type_string() }}) as zone from {{ ref('stg_accounts') }}
),

needed as (
    select zone from seeded
    union all
    select zone from accounts
),

-- a zone that many accounts share is one zone
final as (
    select zone from needed group by zone
)

select * from final
