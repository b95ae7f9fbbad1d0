/*
kind: csv
also: [parquet]
requires: [timestamp, bid, ask]
optional: [symbol, bid_size, ask_size]
allows: unnamed
headerless:
  - [symbol, timestamp, bid, ask]
begins: '[A-Z]{3}/[A-Z]{3}'
timezone: UTC
*/
-- The monthly files of TrueFX, `EUR/USD,20090501 00:00:00.056,bid,ask` in UTC, and tables made of such
-- quotes, whose symbol comes with --set where they name none. 0 is how a side is said to be absent.
select
    symbol,
    'forex' as market,
    'truefx' as venue,
    case
        when regexp_full_match("timestamp", '[0-9]{8} [0-9:.]+')
            then substr("timestamp", 1, 4) || '-' || substr("timestamp", 5, 2) || '-'
                || substr("timestamp", 7)
        else "timestamp"
    end as ts,
    case when try_cast(bid as double) = 0 then null else bid end as bid_price,
    case when try_cast(bid as double) = 0 then null else bid_size end as bid_size,
    case when try_cast(ask as double) = 0 then null else ask end as ask_price,
    case when try_cast(ask as double) = 0 then null else ask_size end as ask_size,
from source
