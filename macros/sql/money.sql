{% macro money(expression) -%}
    {{ return(adapter.dispatch('money', 'tradehouse')(expression)) }}
{%- endmacro %}

{% macro default__money(expression) -%}
    cast(round({{ expression }}, 12) as decimal(38, 12))
{%- endmacro %}

{# Rounded first: the conversion alone would truncate. #}
{% macro clickhouse__money(expression) -%}
    toDecimal128(round({{ expression }}, 12), 12)
{%- endmacro %}
