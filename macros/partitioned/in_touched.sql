{# Placeholder in a partitioned model: true in a full build, `expression in (...)` otherwise. #}
{% macro in_touched(expression) -%}
    {{ return(adapter.dispatch('in_touched', 'tradehouse')(expression)) }}
{%- endmacro %}

{# Every build there is a full one. #}
{% macro default__in_touched(expression) -%}
    true
{%- endmacro %}

{% macro clickhouse__in_touched(expression) -%}
    /* touched */ {{ expression }} >= 0 /* end */
{%- endmacro %}
