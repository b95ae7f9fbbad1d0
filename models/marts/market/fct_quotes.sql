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

-- within the day, so that a day depends on nothing but itself
followed as (
    select
        quotes.*,
        leadInFrame(toNullable(ts), 1, null) over later as next_at
    from quotes
    window
        later as (
            partition by market, symbol, venue, toYYYYMMDD(ts) order by ts, seq, source_row
            rows between current row and unbounded following
        )
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
        cast(
            coalesce(
                {{ seconds_between('ts', 'next_at') }} > {{ var('quote_stale_after_s') }}, false
            ) as boolean
        ) as is_stale,
        seq,
        ts,
        batch_id,
        source_row
    from followed
)

select * from final
