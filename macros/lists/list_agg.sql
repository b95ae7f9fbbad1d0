{# The values of a group as a list, in the order of other columns, none of them NULL. #}
{% macro list_agg(value, order_by) -%}
    {{ return(adapter.dispatch('list_agg', 'tradehouse')(value, order_by)) }}
{%- endmacro %}

{% macro default__list_agg(value, order_by) -%}
    coalesce(
        array_agg({{ value }} order by {{ order_by | join(', ') }})
        filter (where {{ value }} is not null),
        '{}'
    )
{%- endmacro %}

{# Sorted after the collecting: the order in which groupArray meets the rows is the threads'. #}
{% macro clickhouse__list_agg(value, order_by) -%}
    {%- set key = order_by[0] if order_by | length == 1 else '(' ~ order_by | join(', ') ~ ')' -%}
    {%- set by_key = '' if key == value else '(_, key) -> key, ' -%}
    {%- set keys = '' if key == value else ', groupArray(' ~ key ~ ')' -%}
    arraySort({{ by_key }}groupArray({{ value }}){{ keys }})
{%- endmacro %}
