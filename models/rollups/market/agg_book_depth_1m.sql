{%- set means = {'imbalance_1': 'no_size', 'imbalance_5': 'no_size'} -%}
{%- for bps in var('book_depth_bps') -%}
    {%- for side in ['bid', 'ask'] -%}
        {%- do means.update({side ~ '_depth_' ~ bps ~ 'bps': 'one_sided'}) -%}
    {%- endfor -%}
{%- endfor -%}
{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMMDD(opened_at)',
        changes=[{'feed': 'book_snapshots', 'partitions': ['toYYYYMMDD(ts)']}]
    )
}}

with snapshots as (
    select * from {{ ref('fct_book_snapshots') }}
    where {{ in_touched('toYYYYMMDD(day)') }}
),

minutes as (
    {{ minutes_of_books('snapshots', means) | indent(4) }}
),

final as (
    {{ book_minute_columns('minutes', 'snapshots', means) | indent(4) }}
)

select * from final
