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

seen as (
    select * from trades
    {%- for sighting in sightings() %}
        union all
        select
            market,
            symbol,
            '{{ sighting.feed }}' as feed,
            min({{ sighting.from }}) as seen_from,
            max({{ sighting.to }}) as seen_to
        from {{ ref(sighting.model) }}
        group by market, symbol
    {%- endfor %}
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
