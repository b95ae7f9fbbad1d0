with source as (
    {{ live_rows('raw_trading', 'trades') }}
),

renamed as (
    select
        {{ trade_columns() | indent(8) }}
    from source
)

select * from renamed
