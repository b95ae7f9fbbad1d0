-- A table for prints that another writer inserts. Names and types are what agg_streamed_candles_1m reads;
-- further columns, another order, a TTL or a replicated engine are yours to choose.
create database if not exists live;

create table if not exists live.ticks (
    symbol LowCardinality(String),
    market LowCardinality(String),
    venue LowCardinality(String),
    ts DateTime64(6, 'UTC'),
    seq UInt64,
    trade_ref String,
    price Decimal(38, 12),
    quantity Decimal(38, 12),
    aggressor LowCardinality(String)
) engine = MergeTree
partition by toYYYYMMDD(ts)
order by (market, symbol, venue, ts, seq);
