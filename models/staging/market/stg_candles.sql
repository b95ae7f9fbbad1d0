with source as (
    {{ live_rows('raw_market', 'candles') }}
),

renamed as (
    select
        concat(market, ':', symbol) as symbol_id,
        symbol,
        market,
        venue,
        interval_s,
        open,
        high,
        low,
        close,
        volume,
        quote_volume,
        trade_count,
        opened_at,
        _batch_id as batch_id,
        _batch_seq as batch_seq,
        _row as source_row,
        _loaded_at as loaded_at
    from source
)

select * from renamed
