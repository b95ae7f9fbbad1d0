{# Parts that merge into candles: what was built, and each print that landed since as a candle of
   its own. A reader of few rows waits for the planning, which is shorter by an aggregation. #}
{% macro fresh_parts(built, tail, seconds) -%}
    select
        market,
        symbol,
        venue,
        open,
        high,
        low,
        close,
        volume,
        buy_volume,
        sell_volume,
        exact_quote_volume,
        trade_count,
        first_seq,
        last_seq,
        first_at,
        last_at,
        opened_at
    from {{ built }}
    union all
    select
        market,
        symbol,
        venue,
        price as open,
        price as high,
        price as low,
        price as close,
        quantity as volume,
        case when aggressor = 'buy' then quantity else toDecimal128(0, 12) end as buy_volume,
        case when aggressor = 'sell' then quantity else toDecimal128(0, 12) end as sell_volume,
        {{ wide('price') }} * {{ wide('quantity') }} as exact_quote_volume,
        toUInt64(1) as trade_count,
        seq as first_seq,
        seq as last_seq,
        ts as first_at,
        ts as last_at,
        {{ candle_start('ts', seconds) }} as opened_at
    from {{ tail }}
{%- endmacro %}
