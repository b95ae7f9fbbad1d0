{# Whether the next quote or book of the day came later than quote_stale_after_s; false for the
   last. Within the day, so that a day depends on nothing but itself. #}
{% macro stood_too_long() -%}
    cast(
        coalesce(
            {{ seconds_between('ts', next_of_day()) }} > {{ var('quote_stale_after_s') }}, false
        ) as boolean
    )
{%- endmacro %}

{# Instant of the next quote or book of the day, NULL for the last. #}
{% macro next_of_day() -%}
    leadInFrame(toNullable(ts), 1, null) over (
        partition by market, symbol, venue, toYYYYMMDD(ts) order by ts, seq, source_row
        rows between current row and unbounded following
    )
{%- endmacro %}
