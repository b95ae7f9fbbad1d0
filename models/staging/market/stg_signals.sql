with source as (
    {{ live_rows('raw_market', 'signals') }}
),

renamed as (
    select
        strategy,
        strategy_type,
        signal_id,
        symbol,
        signal_type,
        attributes,
        confidence,
        price,
        quantity,
        ts,
        _batch_id as batch_id,
        _batch_seq as batch_seq,
        _row as source_row,
        _loaded_at as loaded_at
    from source
)

select * from renamed
