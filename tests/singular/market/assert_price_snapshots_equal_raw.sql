-- A row: a market and venue in which the facts do not hold exactly the rows of the batches that are
-- done. Prices were lost, doubled or changed on their way, or rows of an open batch came through.
{#- The content as one text, so that two rows that swapped their prices show; a hash of a NULL
    would be NULL, and compare with nothing. -#}
{%- set content -%}
    cityHash64(toString(tuple(
            symbol, currency, price, volume, liquidity_score, offers, snapshot_at
        )))
{%- endset %}

with batches as (
    select
        batch_seq,
        argMax(status, revision) as state
    from {{ source('raw_ledger', '_batches') }}
    where feed = 'price_snapshots'
    group by batch_seq
),

compared as (
    select
        market,
        venue,
        toInt64(1) as row_count,
        {{ wide('price') }} as price,
        toInt128({{ content }}) as content
    from {{ ref('fct_price_snapshots') }}
    union all
    select
        market,
        venue,
        toInt64(-_sign) as row_count,
        -_sign * {{ wide('price') }} as price,
        -_sign * toInt128({{ content }}) as content
    from {{ source('raw_market', 'price_snapshots') }}
    where _batch_seq in (select batch_seq from batches where state = 'done')
)

select
    market,
    venue,
    sum(row_count) as surplus_rows,
    sum(price) as surplus_price
from compared
group by market, venue
having sum(row_count) <> 0 or sum(price) <> 0 or sum(content) <> 0
