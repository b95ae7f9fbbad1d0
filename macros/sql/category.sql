{# A text of few values, which the engine keeps as numbers of a dictionary where it can. #}
{% macro category(expression) -%}
    {{ return(adapter.dispatch('category', 'tradehouse')(expression)) }}
{%- endmacro %}

{% macro default__category(expression) -%}
    {{ expression }}
{%- endmacro %}

{% macro clickhouse__category(expression) -%}
    toLowCardinality({{ expression }})
{%- endmacro %}
