{% macro rounded(number, decimals) -%}
    {{ return(adapter.dispatch('rounded', 'tradehouse')(number, decimals)) }}
{%- endmacro %}

{% macro default__rounded(number, decimals) -%}
    {{ num('round(cast(' ~ number ~ ' as numeric), ' ~ decimals ~ ')') }}
{%- endmacro %}

{% macro clickhouse__rounded(number, decimals) -%}
    round({{ number }}, {{ decimals }})
{%- endmacro %}
