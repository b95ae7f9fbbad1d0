{# Every column is qualified: most measures bear the name of the column they sum, and an
   unqualified name would mean the measure to a reader without prefer_column_name_to_alias. #}
{% macro trade_measures(trade) -%}
    {%- set won = trade ~ ".outcome = 'win'" -%}
    {%- set lost = trade ~ ".outcome = 'loss'" -%}
    {%- set net_pnl = wide(trade ~ '.net_pnl') -%}
    {%- set sum_return = 'sum(' ~ wide_ratio(trade ~ '.return_rel') ~ ')' -%}
    count(*) as trades,
    count(*) filter (where {{ won }}) as wins,
    count(*) filter (where {{ lost }}) as losses,
    count(*) filter (where {{ trade }}.outcome = 'break_even') as break_evens,
    {{ money('sum(case when ' ~ won ~ ' then ' ~ net_pnl ~ ' else 0 end)') }} as gross_profit,
    {{ money('sum(case when ' ~ lost ~ ' then ' ~ net_pnl ~ ' else 0 end)') }} as gross_loss,
    {{ money('sum(' ~ net_pnl ~ ')') }} as net_pnl,
    {{ money('sum(' ~ wide(trade ~ '.fees') ~ ')') }} as fees,
    {{ money('sum(' ~ wide(trade ~ '.funding') ~ ')') }} as funding,
    {{ money('sum(' ~ wide(trade ~ '.notional') ~ ')') }} as notional,
    max(case when {{ won }} then {{ trade }}.net_pnl end) as largest_win,
    min(case when {{ lost }} then {{ trade }}.net_pnl end) as largest_loss,
    {{ ratio(sum_return, 'count(*)') }} as avg_return,
    max({{ trade }}.return_rel) as best_return,
    {{ sum_return }} as sum_return,
    sum({{ trade }}.holding_s) as sum_holding_s,
    max({{ trade }}.holding_s) as max_holding_s,
    sum({{ wide_ratio(trade ~ '.r_multiple') }}) as sum_r,
    count(*) filter (where {{ trade }}.side = 'long') as long_trades,
    count(*) filter (where {{ trade }}.side = 'short') as short_trades,
    min({{ trade }}.closed_at) as first_closed_at,
    max({{ trade }}.closed_at) as last_closed_at
{%- endmacro %}
