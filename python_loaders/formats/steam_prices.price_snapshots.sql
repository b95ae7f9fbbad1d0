/*
kind: json
json:
  metadata: STRUCT(updated_at VARCHAR, currency VARCHAR)
  prices: MAP(VARCHAR, VARCHAR)
*/
-- Prices are whole US cents. One that is not whole would be read a hundred times too high or too
-- low whichever unit is guessed, so it is handed on as it cannot be parsed, and rejected.
with items as (
    select
        metadata,
        unnest(map_entries(prices)) as item,
    from source
)

select
    item.key as symbol,
    'csgo' as market,
    'steam' as venue,
    case
        when regexp_full_match(item.value, '[0-9]{1,20}')
            then (try_cast(item.value as decimal(20, 0)) * 0.01::decimal(3, 2))::varchar
        else item.value || ' is not whole cents'
    end as price,
    metadata.currency as currency,
    metadata.updated_at as snapshot_at,
from items
