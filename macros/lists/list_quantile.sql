{# Linear between the two nearest values, as numpy's default and Excel's PERCENTILE.INC. One
   sorted list serves several levels. #}
{% macro list_quantile(rising, length, level) -%}
    {%- set place = '(' ~ level ~ ' * (' ~ length ~ ' - 1) + 1)' -%}
    {%- set lower = 'cast(floor' ~ place ~ ' as integer)' -%}
    ({{ list_item(rising, lower) }} + ({{ place }} - floor{{ place }}) * (
        {{ list_item(rising, 'least(' ~ lower ~ ' + 1, ' ~ length ~ ')') }}
        - {{ list_item(rising, lower) }}
    ))
{%- endmacro %}
