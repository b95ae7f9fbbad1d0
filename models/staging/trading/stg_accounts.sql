with source as (
    {{ live_rows('raw_trading', 'accounts') }}
),

renamed as (
    select
        account_id,
        name as account_name,
        kind as account_kind,
        base_currency,
        trading_zone,
        starting_equity,
        periods_per_year,
        started_at,
        ended_at,
        _batch_id as batch_id,
        _batch_seq as batch_seq,
        _row as source_row,
        _loaded_at as loaded_at
    from source
)

select * from renamed
