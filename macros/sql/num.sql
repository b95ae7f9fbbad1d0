{% macro num(expression) -%}
    {{ return(adapter.dispatch('num', 'tradehouse')(expression)) }}
{%- endmacro %}

{% macro default__num(expression) -%}
    cast({{ expression }} as double precision)
{%- endmacro %}

{% macro clickhouse__num(expression) -%}
    toFloat64({{ expression }})
{%- endmacro %}
