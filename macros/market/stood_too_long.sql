{# Whether the next quote or book of the day came later than quote_stale_after_s; false for the
   last. `order` sorts its rows. #}
{% macro stood_too_long(order) -%}
    cast(
        coalesce(
            {{ seconds_between('ts', next_of_day(order)) }} > {{ var('quote_stale_after_s') }}, false
        ) as boolean
    )
{%- endmacro %}
