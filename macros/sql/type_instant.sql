{% macro type_instant() -%}
    {{ return(adapter.dispatch('type_instant', 'tradehouse')()) }}
{%- endmacro %}

{% macro default__type_instant() -%}
    timestamp with time zone
{%- endmacro %}

{% macro clickhouse__type_instant() -%}
    DateTime64(6, 'UTC')
{%- endmacro %}
