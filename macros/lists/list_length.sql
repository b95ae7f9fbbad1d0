{% macro list_length(list) -%}
    {{ return(adapter.dispatch('list_length', 'tradehouse')(list)) }}
{%- endmacro %}

{% macro default__list_length(list) -%}
    cardinality({{ list }})
{%- endmacro %}

{% macro clickhouse__list_length(list) -%}
    length({{ list }})
{%- endmacro %}
