{% macro win_rate_all(measured) -%}
    {{ ratio(measured ~ '.wins', measured ~ '.trades') }}
{%- endmacro %}
