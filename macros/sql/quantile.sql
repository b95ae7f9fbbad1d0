{# Linear between the two nearest values, as numpy's default and Excel's PERCENTILE.INC. #}
{% macro quantile(expression, level) -%}
    {{ return(adapter.dispatch('quantile', 'tradehouse')(expression, level)) }}
{%- endmacro %}

{% macro default__quantile(expression, level) -%}
    percentile_cont({{ level }}) within group (order by {{ num(expression) }})
{%- endmacro %}

{% macro clickhouse__quantile(expression, level) -%}
    quantileExactInclusive({{ level }})({{ num(expression) }})
{%- endmacro %}
