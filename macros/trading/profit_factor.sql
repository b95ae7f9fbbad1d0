{# Sum of the winning net PnL over the absolute sum of the losing; NULL without a loss. #}
{% macro profit_factor(measured) -%}
    {{ ratio(measured ~ '.gross_profit', 'abs(' ~ measured ~ '.gross_loss)') }}
{%- endmacro %}
