{% macro win_rate_decided(measured) -%}
    {{ ratio(measured ~ '.wins', measured ~ '.wins + ' ~ measured ~ '.losses') }}
{%- endmacro %}
