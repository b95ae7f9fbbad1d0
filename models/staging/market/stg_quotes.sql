with source as (
    {{ live_rows('raw_market', 'quotes') }}
),

renamed as (
    select
        concat(market, ':', symbol) as symbol_id,
        symbol,
        market,
        venue,
        bid_price,
        bid_size,
        ask_price,
        ask_size,
        seq,
        ts,
        _batch_id as batch_id,
        _batch_seq as batch_seq,
        _row as source_row,
        _loaded_at as loaded_at
    from source
)

select * from renamed
