{# Instant of the next quote or book of the day, NULL for the last. Within the day, so that a day
   depends on nothing but itself. `order` sorts its rows. #}
{% macro next_of_day(order, day) -%}
    leadInFrame(toNullable(ts), 1, null) over (
        partition by market, symbol, venue, {{ day }} order by {{ order | join(', ') }}
        rows between current row and unbounded following
    )
{%- endmacro %}
