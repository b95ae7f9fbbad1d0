{# What follows from the counts and sums of trade_measures, as select columns. #}
{% macro trade_ratios(measured) -%}
    {{ win_rate_all(measured) }} as win_rate_all,
    {{ win_rate_decided(measured) }} as win_rate_decided,
    {{ ratio(measured ~ '.gross_profit', measured ~ '.wins') }} as avg_win,
    {{ ratio(measured ~ '.gross_loss', measured ~ '.losses') }} as avg_loss,
    {{ profit_factor(measured) }} as profit_factor,
    {{ ratio(measured ~ '.net_pnl', measured ~ '.trades') }} as expectancy
{%- endmacro %}
