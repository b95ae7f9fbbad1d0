{# Query for every version that a key of an upsert feed ever had, of the batches that are done. A
   version is added by a +1 row and ended by a -1 row of the same content in its own partition: the
   n-th by the n-th, since a key has one live version at a time. #}
{% macro row_versions(source_name, feed) -%}
    {%- set log = source(source_name, feed) -%}
    {%- set done = '_batch_seq <= ' ~ last_done_batch(feed) -%}
    {%- set contract = feed_contract(source_name, feed) if execute else {'key': ['key']} -%}
    {%- set keys = live_rows_keys(contract) -%}
    {%- set own_keys = 'v.' ~ contract.key | join(', v.') -%}
    {%- set names = contract.key | join(', ') -%}
    with batches as (
        select
            batch_seq,
            max(recorded_at) as landed_at
        from {{ source('raw_ledger', '_batches') }}
        where feed = '{{ feed }}' and status = 'done'
        group by batch_seq
    ),

    changed as (
        select
            *,
            row_number() over (
                partition by {{ keys }}, _row_hash, _sign order by _batch_seq
            ) as occurrence
        from {{ log }}
        where
            {{ done }}
            and ({{ keys }}) in (
                {{ retracted_keys(log, keys, done) }}
            )
    ),

    -- 0 for a version that is live
    versions as (
        {{ unretracted_rows(log, keys, done, further=', toUInt64(0) as _ended_seq') }}
        union all
        select
            added.* except (occurrence),
            ended._batch_seq as _ended_seq
        from (select * from changed where _sign = 1) as added
        left join (select * from changed where _sign = -1) as ended
            on
                {{ row_versions_match(contract) }}
    )

    select
        v.*,
        v._batch_seq as valid_from_batch,
        b.landed_at as known_from,
        nullif(coalesce(v._ended_seq, 0), 0) as valid_to_batch,
        case when v._ended_seq > 0 then e.landed_at end as known_to,
        case
            when v._ended_seq > 0 then
                case
                    when ({{ own_keys }}, v._ended_seq) in (
                        select {{ names }}, _batch_seq
                        from {{ log }}
                        where
                            _sign = 1
                            and ({{ names }}) in (select {{ names }} from {{ log }} where _sign = -1)
                    ) then 'correction'
                    else 'deletion'
                end
        end as ended_by
    from versions as v
    inner join batches as b on v._batch_seq = b.batch_seq
    left join batches as e on v._ended_seq = e.batch_seq
{%- endmacro %}

{# The join of an added version with the row that ended it: within the partition, by key, content
   and occurrence. #}
{% macro row_versions_match(contract) -%}
    {%- set grain = contract.partition_by | default('none') -%}
    {%- set terms = ['added._row_hash = ended._row_hash', 'added.occurrence = ended.occurrence'] -%}
    {%- for name in contract.key -%}
        {%- do terms.append('added.' ~ name ~ ' = ended.' ~ name) -%}
    {%- endfor -%}
    {%- if grain != 'none' -%}
        {%- set time = contract.event_time -%}
        {%- do terms.append(
            "date_trunc('" ~ grain ~ "', added." ~ time ~ ") = date_trunc('" ~ grain ~ "', ended."
            ~ time ~ ')'
        ) -%}
    {%- endif -%}
    {{ terms | join(' and ') }}
{%- endmacro %}
