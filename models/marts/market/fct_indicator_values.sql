{{
    config(
        materialized='partitioned',
        order_by=['session_id', 'symbol', 'indicator_id', 'ts'],
        partition_by='toYYYYMM(ts)',
        changes=[{'feed': 'indicator_values', 'partitions': ['toYYYYMM(ts)']}]
    )
}}

with indicator_values as (
    select * from {{ ref('stg_indicator_values') }}
    where {{ in_touched('toYYYYMM(ts)') }}
),

final as (
    select
        session_id,
        account_id,
        symbol_id,
        market,
        symbol,
        indicator_id,
        indicator_type,
        indicator_name,
        scope,
        created_by,
        metadata,
        value,
        confidence,
        interval_s,
        ts,
        batch_id,
        source_row
    from indicator_values
)

select * from final
