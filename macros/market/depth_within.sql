{# Quantity of one side of a book within so many basis points of the column `middle`: below it where
   they are negative. Without a middle the bound is 0, and the caller says NULL. #}
{% macro depth_within(side, bps) -%}
    {%- set bound = 'coalesce(middle, 0) * (1 + ' ~ bps ~ ' / 10000)' -%}
    {%- set price = "toFloat64(tupleElement(level, 'price'))" -%}
    {%- set within = price ~ (' >= ' if (bps | string)[0] == '-' else ' <= ') ~ bound -%}
    {{ money(
        'arraySum(arrayMap(level -> ' ~ wide("tupleElement(level, 'size')")
        ~ ', arrayFilter(level -> ' ~ within ~ ', ' ~ side ~ ')))'
    ) }}
{%- endmacro %}
