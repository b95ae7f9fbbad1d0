{% macro wide(expression) -%}
    {{ return(adapter.dispatch('wide', 'tradehouse')(expression)) }}
{%- endmacro %}

{% macro default__wide(expression) -%}
    cast({{ expression }} as decimal(76, 12))
{%- endmacro %}

{# The function keeps NULL whatever the reader's cast_keep_nullable; `cast` does not. #}
{% macro clickhouse__wide(expression) -%}
    toDecimal256({{ expression }}, 12)
{%- endmacro %}
