/*
kind: json
json:
  prices: >-
    STRUCT(item_name VARCHAR, game VARCHAR, source VARCHAR, price_usd VARCHAR,
           collected_at VARCHAR)[]
*/
-- One row per item of a file: several offers of an item are its depth, the lowest is its price.
with offers as (
    select unnest(prices) as offer
    from source
)

select
    offer.item_name as symbol,
    offer.game as market,
    coalesce(offer.source, 'dmarket') as venue,
    -- a price that is missing or no number wins, so that it is rejected instead of passed over
    arg_min(
        coalesce(offer.price_usd, ''),
        coalesce(try_cast(offer.price_usd as decimal(38, 12)), -1)
    ) as price,
    'USD' as currency,
    count(*)::varchar as offers,
    max(offer.collected_at) as snapshot_at,
from offers
group by offer.item_name, offer.game, coalesce(offer.source, 'dmarket')
order by market, symbol
