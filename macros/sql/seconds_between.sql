{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'tradehouse')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }} - {{ earlier }})) as decimal(18, 6))
{%- endmacro %}

{% macro clickhouse__seconds_between(earlier, later) -%}
    toDecimal64({{ later }}, 6) - toDecimal64({{ earlier }}, 6)
{%- endmacro %}
