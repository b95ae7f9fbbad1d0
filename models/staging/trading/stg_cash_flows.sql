with source as (
    {{ live_rows('raw_trading', 'cash_flows') }}
),

renamed as (
    select
        account_id,
        flow_id,
        currency,
        reason as flow_reason,
        amount,
        at as moved_at,
        _batch_id as batch_id,
        _batch_seq as batch_seq,
        _row as source_row,
        _loaded_at as loaded_at
    from source
)

select * from renamed
