with source as (
    {{ row_versions('raw_trading', 'accounts') }}
),

renamed as (
    select
        account_id,
        trading_zone,
        valid_from_batch,
        known_from,
        valid_to_batch,
        known_to,
        ended_by
    from source
)

select * from renamed
