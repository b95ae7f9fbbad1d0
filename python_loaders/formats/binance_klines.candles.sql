/*
kind: csv
requires: [open_time, open, high, low, close, volume, close_time]
optional: [quote_volume, quote_asset_volume, count, number_of_trades]
allows: 'taker_buy_.*|ignore'
headerless:
  - [open_time, open, high, low, close, volume, close_time, quote_volume, count, taker_buy_volume, taker_buy_quote_volume, ignore]
*/
-- The dumps of klines, with and without a header. Times are epoch milliseconds, in the spot dumps of
-- 2025 and later microseconds: 13 or 16 digits. The close is one unit before the next open.
with klines as (
    select
        *,
        case length(open_time) when 13 then 1000 when 16 then 1000000 end as units_a_second,
        try_cast(close_time as bigint) + 1 - try_cast(open_time as bigint) as units,
    from source
)

select
    'crypto_spot' as market,
    'binance' as venue,
    case
        when units % units_a_second = 0 then (units // units_a_second)::varchar
        else 'from ' || open_time || ' to ' || close_time
    end as interval_s,
    case
        when units_a_second is null then open_time
        else epoch_time(open_time, units_a_second)
    end as opened_at,
    open,
    high,
    low,
    close,
    volume,
    coalesce(quote_volume, quote_asset_volume) as quote_volume,
    coalesce(count, number_of_trades) as trade_count,
from klines
