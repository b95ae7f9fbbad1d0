/*
kind: lines
*/
-- Recorded market streams, `<local ns> <event>`: whole books among them, as the depth request answers them
-- and as the streams `depth5`, `depth10` and `depth20` repeat them; the changes of a book are none. An
-- answer names no symbol: --set symbol=BTCUSDT. Spot has no time but that of the recorder.
with events as (
    select
        number,
        record ->> 'stream' as stream,
        case when json_exists(record, '$.data') then record -> 'data' else record end as event,
    from source
),

books as (
    select
        number,
        coalesce(event ->> 's', upper(nullif(split_part(stream, '@', 1), ''))) as symbol,
        coalesce(event ->> 'lastUpdateId', event ->> 'u') as seq,
        coalesce(event ->> 'T', event ->> 'E') as time_ms,
        coalesce(event ->> 'bids', event ->> 'b') as bids,
        coalesce(event ->> 'asks', event ->> 'a') as asks,
    from events
    where
        json_exists(event, '$.lastUpdateId')
        or (event ->> 'e' = 'depthUpdate' and regexp_matches(stream, '@depth(5|10|20)(@|$)'))
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
    bids,
    asks,
from books
