{# Placeholder in a partitioned model by month: true in a full build; otherwise an instant of the
   touched months, widened by hours on both sides, so that the upstream is not read whole. #}
{% macro near_touched(instant, hours_before, hours_after) -%}
    {{ return(
        adapter.dispatch('near_touched', 'tradehouse')(instant, hours_before, hours_after)
    ) }}
{%- endmacro %}

{# Every build there is a full one. #}
{% macro default__near_touched(instant, hours_before, hours_after) -%}
    true
{%- endmacro %}

{% macro clickhouse__near_touched(instant, hours_before, hours_after) -%}
    /* touched -{{ hours_before }}h +{{ hours_after }}h */ {{ instant }} is not null /* end */
{%- endmacro %}
