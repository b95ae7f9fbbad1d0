{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set account_id = view_parameter('account_id', 'String') %}
{%- set days = view_parameter('days', 'UInt16') %}

with windows as (
    select * from {{ ref('int_trading__list_windows') }}
    where "window" = 'all' and account_id = {{ account_id }}
),

measured as (
    select
        d.trade_date as day,
        d.strategy as strategy,
        {{ merge_trade_measures('d') | indent(8) }}
    from {{ ref('agg_trades_daily') }} as d
    inner join windows as w on d.account_id = w.account_id
    where
        d.account_id = {{ account_id }}
        and d.trade_date <= w.as_of
        and w.as_of - d.trade_date < {{ days }}
    group by d.trade_date, d.strategy
),

final as (
    select
        m.*,
        {{ trade_ratios('m') | indent(8) }}
    from measured as m
)

select * from final
