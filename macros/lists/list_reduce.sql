{% macro list_sum(lists, expression) -%}
    {{ return(adapter.dispatch('list_reduce', 'tradehouse')('sum', lists, expression)) }}
{%- endmacro %}

{% macro list_max(lists, expression) -%}
    {{ return(adapter.dispatch('list_reduce', 'tradehouse')('max', lists, expression)) }}
{%- endmacro %}

{% macro list_min(lists, expression) -%}
    {{ return(adapter.dispatch('list_reduce', 'tradehouse')('min', lists, expression)) }}
{%- endmacro %}

{% macro default__list_reduce(aggregate, lists, expression) -%}
    (
        select {{ 'coalesce(sum(' ~ expression ~ '), 0)' if aggregate == 'sum'
            else aggregate ~ '(' ~ expression ~ ')' }}
        from unnest({{ lists.values() | join(', ') }})
            as element ({{ lists.keys() | join(', ') }})
    )
{%- endmacro %}

{% macro clickhouse__list_reduce(aggregate, lists, expression) -%}
    array{{ aggregate | capitalize }}(
        ({{ lists.keys() | join(', ') }}) -> {{ expression }},
        {{ lists.values() | join(', ') }}
    )
{%- endmacro %}
