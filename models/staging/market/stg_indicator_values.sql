with source as (
    {{ live_rows('raw_market', 'indicator_values') }}
),

renamed as (
    select
        session_id,
        account_id,
        concat(market, ':', symbol) as symbol_id,
        symbol,
        market,
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
        _batch_id as batch_id,
        _batch_seq as batch_seq,
        _row as source_row,
        _loaded_at as loaded_at
    from source
)

select * from renamed
