{% macro list_sort(list) -%}
    {{ return(adapter.dispatch('list_sort', 'tradehouse')(list)) }}
{%- endmacro %}

{% macro default__list_sort(list) -%}
    (select array_agg(value order by value) from unnest({{ list }}) as element (value))
{%- endmacro %}

{% macro clickhouse__list_sort(list) -%}
    arraySort({{ list }})
{%- endmacro %}
