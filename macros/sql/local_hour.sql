{% macro local_hour(instant, zone) -%}
    {{ return(adapter.dispatch('local_hour', 'tradehouse')(instant, zone)) }}
{%- endmacro %}

{% macro default__local_hour(instant, zone) -%}
    cast(extract(hour from ({{ instant }}) at time zone {{ zone }}) as smallint)
{%- endmacro %}

{# By text, as local_date. #}
{% macro clickhouse__local_hour(instant, zone) -%}
    toInt16(formatDateTime({{ instant }}, '%H', {{ zone }}))
{%- endmacro %}
