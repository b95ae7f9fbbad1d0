with source as (
    {{ row_versions('raw_trading', 'trades') }}
),

renamed as (
    select
        {{ trade_columns() | indent(8) }},
        valid_from_batch,
        known_from,
        valid_to_batch,
        known_to,
        ended_by
    from source
)

select * from renamed
