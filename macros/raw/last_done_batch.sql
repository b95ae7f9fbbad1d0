{% macro last_done_batch(feed) -%}
    (
        select max(ledger.batch_seq)
        from {{ source('raw_ledger', '_batches') }} as ledger
        where
            ledger.feed = '{{ feed }}'
            and ledger.status = 'done'
            -- the state of a batch is its highest revision
            and (ledger.feed, ledger.batch_seq, ledger.revision) in (
                select
                    feed,
                    batch_seq,
                    max(revision)
                from {{ source('raw_ledger', '_batches') }}
                group by feed, batch_seq
            )
    )
{%- endmacro %}
