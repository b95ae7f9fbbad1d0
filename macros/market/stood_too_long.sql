{# Whether the next quote or book of the day came later than quote_stale_after_s; false for the
   last. Within the day, so that a day depends on nothing but itself. `order` sorts its rows,
   `day` is the column or expression of the day. #}
{% macro stood_too_long(order, day) -%}
    {%- set next_at -%}
        leadInFrame(toNullable(ts), 1, null) over (
            partition by market, symbol, venue, {{ day }} order by {{ order | join(', ') }}
            rows between current row and unbounded following
        )
    {%- endset -%}
    cast(
        coalesce(
            {{ seconds_between('ts', next_at) }} > {{ var('quote_stale_after_s') }}, false
        ) as boolean
    )
{%- endmacro %}
