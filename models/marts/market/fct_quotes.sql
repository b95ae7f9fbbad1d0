{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'ts', 'seq'],
        partition_by='toYYYYMMDD(ts)',
        changes=[{'feed': 'quotes', 'partitions': ['toYYYYMMDD(ts)']}]
    )
}}

with quotes as (
    select * from {{ ref('stg_quotes') }}
    where {{ in_touched('toYYYYMMDD(ts)') }}
),

followed as (
    select
        quotes.*,
        {{ stood_too_long(quote_order(), 'toYYYYMMDD(ts)') | indent(8) }} as is_stale,
        cast(
            coalesce(
                {{ next_of_day(quote_order(), 'toYYYYMMDD(ts)') | indent(16) }} > ts, true
            ) as boolean
        ) as is_last_of_instant
    from quotes
),

final as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        bid_price,
        bid_size,
        ask_price,
        ask_size,
        {{ book_measures('bid_price', 'ask_price', 'bid_size', 'ask_size') | indent(8) }},
        is_stale,
        is_last_of_instant,
        seq,
        ts,
        batch_id,
        source_row
    from followed
)

select * from final
