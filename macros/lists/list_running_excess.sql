{# Of losses it is the drawdown from the highest point so far; of 1 for a hit and a large negative
   number for a miss, the run of hits. #}
{% macro list_running_excess(lists, expression) -%}
    {{ return(adapter.dispatch('list_running_excess', 'tradehouse')(lists, expression)) }}
{%- endmacro %}

{% macro default__list_running_excess(lists, expression) -%}
    (
        select array_agg(total - least(lowest, 0) order by nth)
        from (
            select nth, total, min(total) over (order by nth) as lowest
            from (
                select nth, sum({{ expression }}) over (order by nth) as total
                from unnest({{ lists.values() | join(', ') }}) with ordinality
                    as element ({{ lists.keys() | join(', ') }}, nth)
            ) as totals
        ) as lows
    )
{%- endmacro %}

{% macro clickhouse__list_running_excess(lists, expression) -%}
    arrayCumSumNonNegative(({{ lists.keys() | join(', ') }}) -> {{ expression }}, {{ lists.values() | join(', ') }})
{%- endmacro %}
