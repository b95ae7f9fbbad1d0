-- A row: a market, symbol and venue whose minutes with features are not those of its candles. The
-- partitioned part or the indicators lag behind the candles, or a minute was lost or doubled.
with compared as (
    select
        market,
        symbol,
        venue,
        1 as row_count,
        {{ wide('close') }} as close
    from {{ ref('agg_candles_1m') }}
    union all
    select
        market,
        symbol,
        venue,
        -1 as row_count,
        -{{ wide('close') }} as close
    from {{ ref('fct_features_1m') }}
)

select
    market,
    symbol,
    venue,
    sum(row_count) as surplus_rows
from compared
group by market, symbol, venue
having sum(row_count) <> 0 or sum(close) <> 0
