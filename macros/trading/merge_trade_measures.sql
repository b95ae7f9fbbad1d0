{# The columns of trade_measures, in its order. #}
{% macro merge_trade_measures(part) -%}
    {%- set sum_return = 'sum(' ~ part ~ '.sum_return)' -%}
    {%- for column in ['trades', 'wins', 'losses', 'break_evens'] -%}
    sum({{ part }}.{{ column }}) as {{ column }},
    {% endfor -%}
    {%- for column in [
        'gross_profit', 'gross_loss', 'net_pnl', 'fees', 'funding', 'notional',
    ] -%}
    {{ money('sum(' ~ wide(part ~ '.' ~ column) ~ ')') }} as {{ column }},
    {% endfor -%}
    max({{ part }}.largest_win) as largest_win,
    min({{ part }}.largest_loss) as largest_loss,
    {{ ratio(sum_return, 'sum(' ~ part ~ '.trades)') }} as avg_return,
    max({{ part }}.best_return) as best_return,
    {{ sum_return }} as sum_return,
    sum({{ part }}.sum_holding_s) as sum_holding_s,
    max({{ part }}.max_holding_s) as max_holding_s,
    sum({{ part }}.sum_r) as sum_r,
    sum({{ part }}.long_trades) as long_trades,
    sum({{ part }}.short_trades) as short_trades,
    min({{ part }}.first_closed_at) as first_closed_at,
    max({{ part }}.last_closed_at) as last_closed_at
{%- endmacro %}
