{% macro utc_midnight(day) -%}
    {{ return(adapter.dispatch('utc_midnight', 'tradehouse')(day)) }}
{%- endmacro %}

{# A cast alone would mean midnight in the zone of the session. #}
{% macro default__utc_midnight(day) -%}
    cast({{ day }} as timestamp) at time zone 'UTC'
{%- endmacro %}

{% macro clickhouse__utc_midnight(day) -%}
    cast({{ day }} as {{ type_instant() }})
{%- endmacro %}
