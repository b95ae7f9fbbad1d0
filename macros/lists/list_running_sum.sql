{% macro list_running_sum(lists, expression) -%}
    {{ return(adapter.dispatch('list_running_sum', 'tradehouse')(lists, expression)) }}
{%- endmacro %}

{% macro default__list_running_sum(lists, expression) -%}
    (
        select array_agg(total order by nth)
        from (
            select nth, sum({{ expression }}) over (order by nth) as total
            from unnest({{ lists.values() | join(', ') }}) with ordinality
                as element ({{ lists.keys() | join(', ') }}, nth)
        ) as totals
    )
{%- endmacro %}

{% macro clickhouse__list_running_sum(lists, expression) -%}
    arrayCumSum(
        ({{ lists.keys() | join(', ') }}) -> {{ expression }},
        {{ lists.values() | join(', ') }}
    )
{%- endmacro %}
