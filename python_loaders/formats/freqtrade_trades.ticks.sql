/*
kind: csv
also: [feather, parquet]
requires: [timestamp, id, side, price, amount]
optional: [type, cost, date, symbol]
allows: unnamed
*/
-- The public trades that freqtrade downloads, as its tables: epoch milliseconds. Venue and symbol come
-- with --set.
select
    symbol,
    'crypto_spot' as market,
    epoch_time("timestamp", 1000) as ts,
    case when regexp_full_match(id, '[0-9]{1,19}') then id end as seq,
    id as trade_ref,
    price,
    amount as quantity,
    side as aggressor,
from source
