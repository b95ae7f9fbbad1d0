{% macro ratio(numerator, denominator) -%}
    {{ num(numerator) }} / nullif({{ num(denominator) }}, 0)
{%- endmacro %}
