{%- set means = {'imbalance_1': 'no_size'} -%}
{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMMDD(opened_at)',
        changes=[{'model': 'fct_quotes'}]
    )
}}

with quotes as (
    select * from {{ ref('fct_quotes') }}
    where {{ in_touched('toYYYYMMDD(ts)') }}
),

minutes as (
    {{ minutes_of_books('quotes', means) | indent(4) }}
),

final as (
    {{ book_minute_columns('minutes', 'quotes', means) | indent(4) }}
)

select * from final
