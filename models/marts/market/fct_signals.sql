{{
    config(
        materialized='partitioned',
        order_by=['strategy', 'symbol', 'ts'],
        partition_by='toYYYYMM(ts)',
        changes=[{'feed': 'signals', 'partitions': ['toYYYYMM(ts)']}]
    )
}}

with signals as (
    select * from {{ ref('stg_signals') }}
    where {{ in_touched('toYYYYMM(ts)') }}
),

final as (
    select
        strategy,
        strategy_type,
        signal_id,
        symbol,
        signal_type,
        toInt8(
            case
                when lower(signal_type) in ('buy', 'long') then 1
                when lower(signal_type) in ('sell', 'short') then -1
                else 0
            end
        ) as direction,
        attributes,
        confidence,
        price,
        quantity,
        ts,
        batch_id,
        source_row
    from signals
)

select * from final
