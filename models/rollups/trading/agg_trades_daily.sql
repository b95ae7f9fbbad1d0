{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'strategy', 'trade_date', 'symbol_id'],
        partition_by='toYYYYMM(trade_date)',
        changes=[{'model': 'fct_trades'}]
    )
}}

with trades as (
    select * from {{ ref('fct_trades') }}
    where {{ in_touched('toYYYYMM(trade_date)') }}
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
