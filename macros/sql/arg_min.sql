{% macro arg_min(value, order_by) -%}
    {{ return(adapter.dispatch('arg_min', 'tradehouse')(value, order_by)) }}
{%- endmacro %}

{% macro default__arg_min(value, order_by) -%}
    (array_agg({{ value }} order by {{ order_by | join(' asc, ') }} asc))[1]
{%- endmacro %}

{% macro clickhouse__arg_min(value, order_by) -%}
    argMin({{ value }}, ({{ order_by | join(', ') }}))
{%- endmacro %}
