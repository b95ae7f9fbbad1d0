{{
    config(
        materialized='partitioned',
        order_by=['session_id', 'symbol', 'indicator_id', 'ts'],
        partition_by='toYYYYMM(ts)',
        changes=[{'feed': 'indicator_values', 'partitions': ['toYYYYMM(ts)']}],
        query_settings={'max_partitions_per_insert_block': 0}
    )
}}

-- max_partitions_per_insert_block: a full build writes every month at once.
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
