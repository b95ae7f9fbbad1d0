{# Query of a parameterised view that ranks who traded, strategies or agents, by net PnL over the
   last days. Money of two currencies is not added. #}
{% macro rank_traders(trader) -%}
    {%- set days = view_parameter('days', 'UInt16') -%}
    with accounts as (
        select
            account_id,
            base_currency
        from {{ ref('dim_account') }}
    ),

    windows as (
        select * from {{ ref('int_trading__list_windows') }}
        where "window" = 'all'
    ),

    measured as (
        select
            t.{{ trader }} as {{ trader }},
            a.base_currency as base_currency,
            count(distinct t.account_id) as accounts,
            {{ trade_measures('t') | indent(12) }}
        from {{ ref('fct_trades') }} as t
        inner join accounts as a on t.account_id = a.account_id
        inner join windows as w on t.account_id = w.account_id
        where
            t.trade_date <= w.as_of
            and w.as_of - t.trade_date < {{ days }}
            and t.{{ trader }} != ''
        group by t.{{ trader }}, a.base_currency
    ),

    final as (
        select
            rank() over (partition by m.base_currency order by m.net_pnl desc) as rank_by_net_pnl,
            m.*,
            {{ trade_ratios('m') | indent(12) }}
        from measured as m
    )

    select * from final
{%- endmacro %}
