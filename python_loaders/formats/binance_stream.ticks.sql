/*
kind: lines
*/
-- Recorded market streams, `<local ns> <event>`: the prints among them. The events of futures name
-- their kind of order (X), those of spot do not. A buyer who made the price was taken from.
with events as (
    select
        case when json_exists(record, '$.data') then record -> 'data' else record end as event,
    from source
),

prints as (
    select
        event,
        event ->> 'e' as kind,
        coalesce(event ->> 't', event ->> 'a') as trade_ref,
        event ->> 'm' as buyer_made,
    from events
    where event ->> 'e' in ('trade', 'aggTrade')
)

select
    event ->> 's' as symbol,
    case when json_exists(event, '$.X') then 'crypto_futures' else 'crypto_spot' end as market,
    'binance' as venue,
    epoch_time(event ->> 'T', 1000) as ts,
    trade_ref as seq,
    trade_ref,
    event ->> 'p' as price,
    event ->> 'q' as quantity,
    case buyer_made when 'true' then 'sell' when 'false' then 'buy' else buyer_made end as aggressor,
from prints
