{{
    config(
        materialized='partitioned',
        order_by=['market', 'venue', 'symbol', 'currency', 'hour_start'],
        partition_by='toYYYYMM(hour_start)',
        changes=[{'model': 'fct_price_snapshots'}]
    )
}}

with snapshots as (
    select * from {{ ref('fct_price_snapshots') }}
    where {{ in_touched('toYYYYMM(snapshot_at)') }}
),

hours as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        currency,
        price,
        liquidity_score,
        snapshot_at,
        date_trunc('hour', snapshot_at, 'UTC') as truncated_at
    from snapshots
),

aggregated as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        currency,
        truncated_at,
        count(*) as samples,
        {{ money('sum(' ~ wide('price') ~ ')') }} as price_sum,
        min(price) as min_price,
        max(price) as max_price,
        -- by the price as well, so that equal instants could never depend on the order of rows
        {{ arg_min('price', ['snapshot_at', 'price']) }} as first_price,
        {{ arg_max('price', ['snapshot_at', 'price']) }} as last_price,
        count(liquidity_score) as liquidity_samples,
        coalesce(sum(liquidity_score), 0) as liquidity_sum,
        min(snapshot_at) as first_snapshot_at,
        max(snapshot_at) as last_snapshot_at
    from hours
    group by symbol_id, market, symbol, venue, currency, truncated_at
),

final as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        currency,
        cast(samples as bigint) as samples,
        price_sum,
        -- never over zero samples, so never NULL
        {{ num('price_sum') }} / {{ num('samples') }} as avg_price,
        min_price,
        max_price,
        first_price,
        last_price,
        cast(liquidity_samples as bigint) as liquidity_samples,
        cast(liquidity_sum as bigint) as liquidity_sum,
        {{ ratio('liquidity_sum', 'liquidity_samples') }} as avg_liquidity,
        cast(truncated_at as {{ type_instant() }}) as hour_start,
        first_snapshot_at,
        last_snapshot_at
    from aggregated
)

select * from final
