{% macro wide_ratio(expression) -%}
    {{ return(adapter.dispatch('wide_ratio', 'tradehouse')(expression)) }}
{%- endmacro %}

{% macro default__wide_ratio(expression) -%}
    cast({{ expression }} as decimal(76, 18))
{%- endmacro %}

{# Under the NULL of x / nullif(0, 0) the column still holds an infinity, and the conversion
   fails on it: it must see a number instead. #}
{% macro clickhouse__wide_ratio(expression) -%}
    case
        when {{ expression }} is not null then toDecimal256(coalesce({{ expression }}, 0), 18)
    end
{%- endmacro %}
