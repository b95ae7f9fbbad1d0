{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

with trades as (
    select * from {{ ref('fct_trades_as_of') }}(ts = {{ view_parameter('ts', type_instant()) }})
),

final as (
    select
        t.account_id as account_id,
        t.strategy as strategy,
        t.symbol_id as symbol_id,
        t.trade_date as trade_date,
        {{ trade_measures('t') | indent(4) }}
    from trades as t
    group by t.account_id, t.strategy, t.symbol_id, t.trade_date
)

select * from final
