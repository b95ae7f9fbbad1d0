{% macro utc_offset_s(instant, zone) -%}
    {{ return(adapter.dispatch('utc_offset_s', 'tradehouse')(instant, zone)) }}
{%- endmacro %}

{% macro default__utc_offset_s(instant, zone) -%}
    cast(extract(
        epoch from
        (({{ instant }}) at time zone {{ zone }}) - (({{ instant }}) at time zone 'UTC')
    ) as integer)
{%- endmacro %}

{# The local time is printed with the row's zone and read back as if it were UTC, because
   toTimeZone takes the zone of the first row for all of them. #}
{% macro clickhouse__utc_offset_s(instant, zone) -%}
    cast(dateDiff(
        'second',
        {{ instant }},
        toDateTime64(formatDateTime({{ instant }}, '%F %T', {{ zone }}), 0, 'UTC')
    ) as Int32)
{%- endmacro %}
