{# Linear between the two nearest values, as numpy's default and Excel's PERCENTILE.INC. #}
{% macro list_quantile(list, level) -%}
    {{ return(adapter.dispatch('list_quantile', 'tradehouse')(list, level)) }}
{%- endmacro %}

{% macro default__list_quantile(list, level) -%}
    (select percentile_cont({{ level }}) within group (order by value) from unnest({{ list }}) as element (value))
{%- endmacro %}

{% macro clickhouse__list_quantile(list, level) -%}
    arrayReduce('quantileExactInclusive({{ level }})', {{ list }})
{%- endmacro %}
