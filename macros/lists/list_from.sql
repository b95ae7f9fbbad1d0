{# The elements of a list from a position on, counted from 1. #}
{% macro list_from(list, position) -%}
    {{ return(adapter.dispatch('list_from', 'tradehouse')(list, position)) }}
{%- endmacro %}

{% macro default__list_from(list, position) -%}
    ({{ list }})[{{ position }}:]
{%- endmacro %}

{% macro clickhouse__list_from(list, position) -%}
    arraySlice({{ list }}, {{ position }})
{%- endmacro %}
