{# A quantile of all elements of the lists of a group, as of macros/sql/quantile.sql. #}
{% macro quantile_of_lists(list, level) -%}
    {{ return(adapter.dispatch('quantile_of_lists', 'tradehouse')(list, level)) }}
{%- endmacro %}

{# Lists of different lengths make no array of arrays there; the text of a number is exact. #}
{% macro default__quantile_of_lists(list, level) -%}
    (
        select percentile_cont({{ level }}) within group (order by value)
        from unnest(string_to_array(
            string_agg(nullif(array_to_string({{ list }}, ','), ''), ','), ','
        )::double precision[]) as element (value)
    )
{%- endmacro %}

{% macro clickhouse__quantile_of_lists(list, level) -%}
    quantileExactInclusiveArray({{ level }})({{ list }})
{%- endmacro %}
