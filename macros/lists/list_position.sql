{# Number of the first element that equals a value. #}
{% macro list_position(list, value) -%}
    {{ return(adapter.dispatch('list_position', 'tradehouse')(list, value)) }}
{%- endmacro %}

{% macro default__list_position(list, value) -%}
    array_position({{ list }}, {{ value }})
{%- endmacro %}

{% macro clickhouse__list_position(list, value) -%}
    indexOf({{ list }}, {{ value }})
{%- endmacro %}
