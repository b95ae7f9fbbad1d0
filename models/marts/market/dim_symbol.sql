{{
    config(
        order_by=['market', 'symbol']
    )
}}

with trades as (
    select
        market,
        symbol,
        'trades' as feed,
        min(first_opened_at) as seen_from,
        max(last_closed_at) as seen_to
    from {{ ref('agg_trade_activity_monthly') }}
    group by market, symbol
),

prices as (
    select
        market,
        symbol,
        'prices' as feed,
        min(snapshot_at) as seen_from,
        max(snapshot_at) as seen_to
    from {{ ref('fct_price_snapshots') }}
    group by market, symbol
),

indicators as (
    select
        market,
        symbol,
        'indicators' as feed,
        min(ts) as seen_from,
        max(ts) as seen_to
    from {{ ref('fct_indicator_values') }}
    group by market, symbol
),

-- computed from ticks, and given by a source
candles as (
    select
        market,
        symbol,
        'candles' as feed,
        min(first_at) as seen_from,
        max(last_at) as seen_to
    from {{ ref('agg_candles_1d') }}
    group by market, symbol
    union all
    select
        market,
        symbol,
        'candles' as feed,
        min(opened_at) as seen_from,
        max(opened_at) as seen_to
    from {{ ref('fct_candles') }}
    group by market, symbol
),

quotes as (
    select
        market,
        symbol,
        'quotes' as feed,
        min(opened_at) as seen_from,
        max(opened_at) as seen_to
    from {{ ref('agg_book_1m') }}
    group by market, symbol
),

seen as (
    select * from trades
    union all
    select * from quotes
    union all
    select * from candles
    union all
    select * from prices
    union all
    select * from indicators
),

symbols as (
    select
        market,
        symbol,
        min(seen_from) as first_seen_at,
        max(seen_to) as last_seen_at,
        count(*) filter (where feed = 'trades') as trade_rows,
        count(*) filter (where feed = 'prices') as price_rows,
        count(*) filter (where feed = 'candles') as candle_rows,
        count(*) filter (where feed = 'quotes') as quote_rows,
        count(*) filter (where feed = 'indicators') as indicator_rows
    from seen
    group by market, symbol
),

-- a currency pair is BASE/QUOTE or BASE/QUOTE:SETTLEMENT; the name of an item may hold any sign
pairs as (
    select
        market,
        symbol,
        position('/' in symbol) as slash_at,
        position(':' in symbol) as colon_at
    from symbols
    where symbol ~ '^[A-Za-z0-9]+/[A-Za-z0-9]+(:[A-Za-z0-9-]+)?$'
),

currencies as (
    select
        market,
        symbol,
        substr(symbol, 1, slash_at - 1) as base_currency,
        case
            when colon_at > 0 then substr(symbol, slash_at + 1, colon_at - slash_at - 1)
            else substr(symbol, slash_at + 1)
        end as quote_currency
    from pairs
),

final as (
    select
        concat(symbols.market, ':', symbols.symbol) as symbol_id,
        symbols.market as market,
        symbols.symbol as symbol,
        currencies.base_currency as base_currency,
        currencies.quote_currency as quote_currency,
        cast(symbols.trade_rows > 0 as boolean) as is_in_trades,
        cast(symbols.price_rows > 0 as boolean) as is_in_prices,
        cast(symbols.candle_rows > 0 as boolean) as is_in_candles,
        cast(symbols.quote_rows > 0 as boolean) as is_in_quotes,
        cast(symbols.indicator_rows > 0 as boolean) as is_in_indicators,
        symbols.first_seen_at as first_seen_at,
        symbols.last_seen_at as last_seen_at
    from symbols
    left join currencies
        on symbols.market = currencies.market and symbols.symbol = currencies.symbol
)

select * from final
