{# Placeholder in a partitioned model: true in a full build, `expression in (...)` otherwise. #}
{% macro in_touched(expression) -%}
    /* touched */ {{ expression }} >= 0 /* end */
{%- endmacro %}
