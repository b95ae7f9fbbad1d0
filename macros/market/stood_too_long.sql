{# Whether the next quote or book of the day came later than quote_stale_after_s; false for the
   last. `order` sorts its rows, `day` is their day. #}
{% macro stood_too_long(order, day) -%}
    cast(
        coalesce(
            {{ seconds_between('ts', next_of_day(order, day)) }}
            > {{ var('quote_stale_after_s') }}, false
        ) as boolean
    )
{%- endmacro %}
