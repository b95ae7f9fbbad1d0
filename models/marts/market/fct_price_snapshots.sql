{{
    config(
        materialized='partitioned',
        order_by=['market', 'venue', 'symbol', 'snapshot_at'],
        partition_by='toYYYYMM(snapshot_at)',
        changes=[{'feed': 'price_snapshots', 'partitions': ['toYYYYMM(snapshot_at)']}]
    )
}}

with snapshots as (
    select * from {{ ref('stg_price_snapshots') }}
    where {{ in_touched('toYYYYMM(snapshot_at)') }}
),

final as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        currency,
        price,
        volume,
        liquidity_score,
        offers,
        snapshot_at,
        batch_id,
        source_row
    from snapshots
)

select * from final
