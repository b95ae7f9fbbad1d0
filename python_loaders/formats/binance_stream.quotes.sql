/*
kind: lines
*/
-- Recorded market streams, `<local ns> <event>`: the best bid and ask among them. Events of futures have
-- the venue's time, those of spot only that of the recorder. 0 is how a side is said to be absent.
with events as (
    select
        number,
        case when json_exists(record, '$.data') then record -> 'data' else record end as event,
    from source
),

quotes as (
    select
        number,
        event ->> 's' as symbol,
        event ->> 'u' as seq,
        event ->> 'T' as time_ms,
        event ->> 'b' as bid,
        event ->> 'B' as bid_size,
        event ->> 'a' as ask,
        event ->> 'A' as ask_size,
    from events
    where
        event ->> 'e' = 'bookTicker'
        or (not json_exists(event, '$.e') and json_exists(event, '$.B') and json_exists(event, '$.A'))
)

select
    symbol,
    case when time_ms is null then 'crypto_spot' else 'crypto_futures' end as market,
    'binance' as venue,
    case
        when time_ms is null then epoch_time(number, 1000000000)
        else epoch_time(time_ms, 1000)
    end as ts,
    seq,
    case when try_cast(bid as double) = 0 then null else bid end as bid_price,
    case when try_cast(bid as double) = 0 then null else bid_size end as bid_size,
    case when try_cast(ask as double) = 0 then null else ask end as ask_price,
    case when try_cast(ask as double) = 0 then null else ask_size end as ask_size,
from quotes
