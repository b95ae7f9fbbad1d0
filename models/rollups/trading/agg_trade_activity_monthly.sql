{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'strategy', 'market', 'symbol', 'venue_entry', 'venue_exit'],
        partition_by='toYear(month)',
        rebuilt_by='toYYYYMM(month)',
        changes=[{'model': 'fct_trades'}]
    )
}}

with trades as (
    select * from {{ ref('fct_trades') }}
    where {{ in_touched('toYYYYMM(trade_date)') }}
),

final as (
    select
        cast(date_trunc('month', t.trade_date) as date) as month,
        t.account_id as account_id,
        t.strategy as strategy,
        t.market as market,
        t.symbol as symbol,
        t.venue_entry as venue_entry,
        t.venue_exit as venue_exit,
        {{ arg_max('t.strategy_type', ['t.closed_at', 't.trade_id']) }} as last_strategy_type,
        {{ arg_max('t.trade_id', ['t.closed_at', 't.trade_id']) }} as last_trade_id,
        count(*) as trades,
        min(t.opened_at) as first_opened_at,
        min(t.closed_at) as first_closed_at,
        max(t.closed_at) as last_closed_at
    from trades as t
    group by
        cast(date_trunc('month', t.trade_date) as date),
        t.account_id,
        t.strategy,
        t.market,
        t.symbol,
        t.venue_entry,
        t.venue_exit
)

select * from final
