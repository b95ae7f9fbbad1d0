{% macro last_done_batch(feed) -%}
    (
        select max(done.batch_seq)
        from (
            select batch_seq
            from {{ source('raw_ledger', '_batches') }}
            where feed = '{{ feed }}'
            group by batch_seq
            -- the state of a batch is its highest revision
            having {{ arg_max('status', ['revision']) }} = 'done'
        ) as done
    )
{%- endmacro %}
