{# The columns of rpt_candles_*, out of candles of which several may be parts of one. A maximum of
   the engine's own states keeps their type, and a report has none of it. #}
{% macro merged_candles(parts, seconds=none) -%}
    select
        c.symbol_id as symbol_id,
        c.market as market,
        c.symbol as symbol,
        c.venue as venue,
        c.open as open,
        toDecimal128(c.high, 12) as high,
        toDecimal128(c.low, 12) as low,
        c.close as close,
        c.volume as volume,
        c.buy_volume as buy_volume,
        c.sell_volume as sell_volume,
        {{ money('c.exact_quote_volume') }} as quote_volume,
        {{ ratio('c.exact_quote_volume', 'c.volume') }} as vwap,
        case when c.volume = 0 then 'vwap=no_volume;' else '' end as undefined_metrics,
        c.trade_count as trade_count,
        c.first_seq as first_seq,
        c.last_seq as last_seq,
        c.first_at as first_at,
        c.last_at as last_at,
        c.opened_at as opened_at
    from ({{ candle_columns('(' ~ candles_of_candles(parts, seconds) ~ ')') }}) as c
{%- endmacro %}
