{# Query for the rows of agg_trades_daily, out of a relation with the columns of fct_trades. #}
{% macro sum_trades_daily(trades) -%}
    select
        t.account_id as account_id,
        t.strategy as strategy,
        t.symbol_id as symbol_id,
        t.trade_date as trade_date,
        {{ trade_measures('t') | indent(8) }}
    from {{ trades }} as t
    group by t.account_id, t.strategy, t.symbol_id, t.trade_date
{%- endmacro %}
