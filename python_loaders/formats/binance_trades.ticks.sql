/*
kind: csv
also: [parquet]
requires: [price]
optional:
  - id
  - trade_id
  - agg_trade_id
  - qty
  - quantity
  - quote_qty
  - time
  - timestamp
  - transact_time
  - is_buyer_maker
  - buyer_maker
  - is_best_match
  - first_trade_id
  - last_trade_id
headerless:
  - [id, price, qty, quote_qty, time, is_buyer_maker, is_best_match]
  - [id, price, qty, quote_qty, time, is_buyer_maker]
  - [agg_trade_id, price, quantity, first_trade_id, last_trade_id, transact_time, is_buyer_maker, is_best_match]
*/
-- The dumps of trades and of aggregated trades, with and without a header, and tables made of them.
-- Times are epoch milliseconds, in the spot dumps of 2025 and later microseconds: 13 or 16 digits.
-- A buyer who made the price was taken from: the aggressor sold.
with prints as (
    select
        coalesce(id, trade_id, agg_trade_id) as trade_ref,
        price,
        coalesce(qty, quantity) as quantity,
        coalesce(time, "timestamp", transact_time) as time,
        lower(coalesce(is_buyer_maker, buyer_maker)) as buyer_made,
    from source
)

select
    'crypto_spot' as market,
    'binance' as venue,
    case length(time)
        when 13 then epoch_time(time, 1000)
        when 16 then epoch_time(time, 1000000)
        else time
    end as ts,
    trade_ref as seq,
    trade_ref,
    price,
    quantity,
    case buyer_made
        when 'true' then 'sell' when '1' then 'sell' when 'false' then 'buy' when '0' then 'buy'
        else buyer_made
    end as aggressor,
from prints
