{# What a view of candles is asked for, as expressions of its parameters symbol, interval, from and
   to. An interval that is not known has no candles. #}
{% macro asked_candles() -%}
    {%- set symbol_id = view_parameter('symbol', 'String') -%}
    {%- set interval = view_parameter('interval', 'String') -%}
    {%- set lengths = [] -%}
    {%- for name, length in candle_intervals().items() -%}
        {%- do lengths.append(interval ~ " = '" ~ name ~ "', " ~ length) -%}
    {%- endfor -%}
    {%- set margin = '\n' ~ ' ' * 12 -%}
    {{ return({
        'interval': interval,
        'low': view_parameter('from', type_instant()),
        'high': view_parameter('to', type_instant()),
        'seconds': 'multiIf(' ~ margin ~ lengths | join(',' ~ margin) ~ ', 1)',
        'is_known': interval ~ " in ('" ~ candle_intervals() | join("', '") ~ "')",
        'is_of_symbol': "market = splitByChar(':', " ~ symbol_id ~ ')[1]\n        and symbol = substring('
            ~ symbol_id ~ ', position(' ~ symbol_id ~ ", ':') + 1)",
    }) }}
{%- endmacro %}
