{# Parts that merge into candles: what model built, and each print that landed since as a candle of
   its own. A reader of few rows waits for the planning, which is shorter by an aggregation, and by
   each step that the rows do not take. model is SQL of a name, since built_batch writes a literal. #}
{% macro fresh_parts(built, model, seconds, built_where=[], tail_where=[]) -%}
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
    where {{ built_where | join(' and ') or 'true' }}
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
    from {{ source('raw_market', 'ticks') }}
    where
        _batch_seq > {{ built_batch(model, 'ticks') }}
        and _batch_seq <= {{ last_done_batch('ticks') }}
        and {{ tail_where | join(' and ') or 'true' }}
{%- endmacro %}
