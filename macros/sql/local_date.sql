{% macro local_date(instant, zone) -%}
    {{ return(adapter.dispatch('local_date', 'tradehouse')(instant, zone)) }}
{%- endmacro %}

{% macro default__local_date(instant, zone) -%}
    cast(({{ instant }}) at time zone {{ zone }} as date)
{%- endmacro %}

{# By text, because toTimeZone takes the zone of the first row for all of them. #}
{% macro clickhouse__local_date(instant, zone) -%}
    cast(toDate(formatDateTime({{ instant }}, '%F', {{ zone }})) as Date)
{%- endmacro %}
