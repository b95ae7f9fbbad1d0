/*
kind: csv
also: [parquet, feather]
any_case: true
requires: [open, high, low, close]
optional: [date, time, timestamp, datetime, unnamed, volume]
*/
-- A plain table of bars; symbol, market, venue and interval_s come with --set, the zone of times without
-- an offset with --timezone. A data frame writes its index without a name: the times, where no column
-- has them.
select
    coalesce("timestamp", datetime, date, time, unnamed) as opened_at,
    open,
    high,
    low,
    close,
    case when lower(volume) <> 'nan' then volume end as volume,
from source
