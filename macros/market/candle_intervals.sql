{# The intervals of the candles computed from ticks, with their length in seconds. #}
{% macro candle_intervals() -%}
    {{ return({'1m': 60, '5m': 300, '15m': 900, '1h': 3600, '4h': 14400, '1d': 86400}) }}
{%- endmacro %}

{# Beginning of the interval that an instant lies in, UTC. #}
{% macro candle_start(instant, seconds) -%}
    toDateTime64(toStartOfInterval({{ instant }}, interval {{ seconds }} second, 'UTC'), 6, 'UTC')
{%- endmacro %}
