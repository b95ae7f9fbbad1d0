{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'strategy', 'month'],
        partition_by='toYear(month)',
        rebuilt_by='toYYYYMM(month)',
        changes=[{'model': 'fct_trades'}],
        query_settings={'max_partitions_per_insert_block': 0}
    )
}}

with trades as (
    select
        t.*,
        cast(date_trunc('month', t.trade_date) as date) as month
    from {{ ref('fct_trades') }} as t
    where {{ in_touched('toYYYYMM(trade_date)') }}
),

final as (
    {{ measure_trade_parts('trades', ['month']) | indent(4) }}
)

select * from final
