{% macro arg_max(value, order_by) -%}
    {{ return(adapter.dispatch('arg_max', 'tradehouse')(value, order_by)) }}
{%- endmacro %}

{% macro default__arg_max(value, order_by) -%}
    (array_agg({{ value }} order by {{ order_by | join(' desc nulls last, ') }} desc nulls last))[1]
{%- endmacro %}

{% macro clickhouse__arg_max(value, order_by) -%}
    argMax({{ value }}, ({{ order_by | join(', ') }}))
{%- endmacro %}
