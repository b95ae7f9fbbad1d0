{{
    config(
        materialized='view'
    )
}}

with snapshots as (
    select * from {{ ref('stg_book_snapshots') }}
),

-- below the window: a condition on what it is partitioned by passes it, and reads its days alone
books as (
    select
        snapshots.*,
        toDate(ts) as day
    from snapshots
),

-- the best level of each side, NULL where it is empty
tops as (
    select
        books.*,
        {{ stood_too_long(['ts', 'seq', 'bids', 'asks'], 'day') | indent(8) }} as is_stale,
        case when notEmpty(bids) then tupleElement(bids[1], 'price') end as bid_price,
        case when notEmpty(bids) then tupleElement(bids[1], 'size') end as bid_size,
        case when notEmpty(asks) then tupleElement(asks[1], 'price') end as ask_price,
        case when notEmpty(asks) then tupleElement(asks[1], 'size') end as ask_size,
        arraySum(arrayMap(l -> {{ wide("tupleElement(l, 'size')") }}, arraySlice(bids, 1, 5)))
            as bid_size_5,
        arraySum(arrayMap(l -> {{ wide("tupleElement(l, 'size')") }}, arraySlice(asks, 1, 5)))
            as ask_size_5
    from books
),

measured as (
    select
        tops.*,
        {{ book_measures('bid_price', 'ask_price', 'bid_size', 'ask_size') | indent(8) }},
        (toFloat64(bid_price) + toFloat64(ask_price)) / 2 as middle
    from tops
),

final as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        toUInt32(length(bids)) as bid_levels,
        toUInt32(length(asks)) as ask_levels,
        bid_price,
        bid_size,
        ask_price,
        ask_size,
        spread,
        mid,
        spread_bps,
        microprice,
        imbalance_1,
        {{ ratio('bid_size_5 - ask_size_5', 'bid_size_5 + ask_size_5') }} as imbalance_5,
        {%- for bps in var('book_depth_bps') %}
            case when middle is not null then {{ depth_within('bids', '-' ~ bps) }} end
                as bid_depth_{{ bps }}bps,
            case when middle is not null then {{ depth_within('asks', bps) }} end
                as ask_depth_{{ bps }}bps,
        {%- endfor %}
        book_state,
        is_stale,
        undefined_metrics,
        bids,
        asks,
        seq,
        day,
        ts,
        batch_id,
        source_row
    from measured
)

select * from final
