{# The columns of rpt_candles_*, out of candles of which several may be parts of one; before them
   the name of their interval, where it is given. In one step out of the states, because a reader of few
   rows waits for the planning. A maximum of the engine's own states keeps their type, and a report has
   none of it. #}
{% macro merged_candles(parts, seconds=none, interval=none) -%}
    {%- set candle = candle_expressions() -%}
    select
        {{ interval ~ ' as candle_interval, ' if interval }}{{ candle.symbol_id }} as symbol_id,
        {{ candle.market }} as market,
        {{ candle.symbol }} as symbol,
        {{ candle.venue }} as venue,
        {{ candle.open }} as open,
        toDecimal128({{ candle.high }}, 12) as high,
        toDecimal128({{ candle.low }}, 12) as low,
        {{ candle.close }} as close,
        {{ candle.volume }} as volume,
        {{ candle.buy_volume }} as buy_volume,
        {{ candle.sell_volume }} as sell_volume,
        {{ money(candle.exact_quote_volume) }} as quote_volume,
        {{ ratio(candle.exact_quote_volume, candle.volume) }} as vwap,
        case when {{ candle.volume }} = 0 then 'vwap=no_volume;' else '' end as undefined_metrics,
        {{ candle.trade_count }} as trade_count,
        {{ candle.first_seq }} as first_seq,
        {{ candle.last_seq }} as last_seq,
        {{ candle.first_at }} as first_at,
        {{ candle.last_at }} as last_at,
        {{ candle.opened_at }} as opened_at
    from ({{ candles_of_candles(parts, seconds) }}) as s
{%- endmacro %}
