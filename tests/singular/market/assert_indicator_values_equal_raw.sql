-- A row: a session and indicator in which the facts do not hold exactly what is left of the change
-- log once every retraction has taken away its version. Values were lost, doubled or changed, or
-- rows of an open batch came through.
{#- As one text: a hash of a NULL would be NULL, and compare with nothing. -#}
{%- set content -%}
    cityHash64(toString(tuple(
            account_id, market, symbol, indicator_type, indicator_name, scope, created_by, metadata,
            value, confidence, interval_s, ts
        )))
{%- endset %}

with batches as (
    select
        batch_seq,
        argMax(status, revision) as state
    from {{ source('raw_ledger', '_batches') }}
    where feed = 'indicator_values'
    group by batch_seq
),

compared as (
    select
        session_id,
        indicator_id,
        toInt64(1) as row_count,
        toInt128({{ content }}) as content
    from {{ ref('fct_indicator_values') }}
    union all
    select
        session_id,
        indicator_id,
        toInt64(-_sign) as row_count,
        -_sign * toInt128({{ content }}) as content
    from {{ source('raw_market', 'indicator_values') }}
    where _batch_seq in (select batch_seq from batches where state = 'done')
)

select
    session_id,
    indicator_id,
    sum(row_count) as surplus_rows
from compared
group by session_id, indicator_id
having sum(row_count) <> 0 or sum(content) <> 0
