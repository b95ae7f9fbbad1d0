{# Every element one place later, behind a first one; the last one falls out. #}
{% macro list_shift(list, first) -%}
    {{ return(adapter.dispatch('list_shift', 'tradehouse')(list, first)) }}
{%- endmacro %}

{% macro default__list_shift(list, first) -%}
    array_prepend({{ first }}, ({{ list }})[1:cardinality({{ list }}) - 1])
{%- endmacro %}

{% macro clickhouse__list_shift(list, first) -%}
    arrayPushFront(arrayPopBack({{ list }}), {{ first }})
{%- endmacro %}
