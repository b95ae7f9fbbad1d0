{# The elements of the first list for which a condition holds. #}
{% macro list_filter(lists, condition) -%}
    {{ return(adapter.dispatch('list_filter', 'tradehouse')(lists, condition)) }}
{%- endmacro %}

{% macro default__list_filter(lists, condition) -%}
    (
        select array_agg({{ lists.keys() | first }} order by nth)
        from unnest({{ lists.values() | join(', ') }}) with ordinality
            as element ({{ lists.keys() | join(', ') }}, nth)
        where {{ condition }}
    )
{%- endmacro %}

{% macro clickhouse__list_filter(lists, condition) -%}
    arrayFilter(({{ lists.keys() | join(', ') }}) -> {{ condition }}, {{ lists.values() | join(', ') }})
{%- endmacro %}
