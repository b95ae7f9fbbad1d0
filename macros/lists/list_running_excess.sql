{# Of losses it is the drawdown from the highest point so far; of 1 for a hit and a large negative
   number for a miss, the run of hits. #}
{% macro list_running_excess(lists, expression) -%}
    {{ return(adapter.dispatch('list_running_excess', 'tradehouse')(lists, expression)) }}
{%- endmacro %}

{# Summed anew after each lowest total: a difference of totals would be as inexact as the totals. #}
{% macro default__list_running_excess(lists, expression) -%}
    (
        select array_agg(excess order by nth)
        from (
            select
                nth,
                sum(case when is_lowest then 0 else step end)
                    over (partition by lows order by nth) as excess
            from (
                select *, count(*) filter (where is_lowest) over (order by nth) as lows
                from (
                    select *, total <= least(min(total) over (order by nth), 0) as is_lowest
                    from (
                        select
                            nth,
                            {{ expression }} as step,
                            sum({{ expression }}) over (order by nth) as total
                        from unnest({{ lists.values() | join(', ') }}) with ordinality
                            as element ({{ lists.keys() | join(', ') }}, nth)
                    ) as totals
                ) as lowest
            ) as counted
        ) as summed
    )
{%- endmacro %}

{% macro clickhouse__list_running_excess(lists, expression) -%}
    arrayCumSumNonNegative(({{ lists.keys() | join(', ') }}) -> {{ expression }}, {{ lists.values() | join(', ') }})
{%- endmacro %}
