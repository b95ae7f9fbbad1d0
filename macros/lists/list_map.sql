{% macro list_map(lists, expression) -%}
    {{ return(adapter.dispatch('list_map', 'tradehouse')(lists, expression)) }}
{%- endmacro %}

{% macro default__list_map(lists, expression) -%}
    (
        select array_agg({{ expression }} order by nth)
        from unnest({{ lists.values() | join(', ') }}) with ordinality
            as element ({{ lists.keys() | join(', ') }}, nth)
    )
{%- endmacro %}

{% macro clickhouse__list_map(lists, expression) -%}
    arrayMap(({{ lists.keys() | join(', ') }}) -> {{ expression }}, {{ lists.values() | join(', ') }})
{%- endmacro %}
