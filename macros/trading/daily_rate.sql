{# Rate of a day, out of the annual rate in a variable. #}
{% macro daily_rate(name, periods_per_year) -%}
    pow(1 + {{ num(var(name)) }}, 1 / {{ num(periods_per_year) }}) - 1
{%- endmacro %}
