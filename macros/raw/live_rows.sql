{% macro live_rows(source_name, feed) -%}
    {{ return(adapter.dispatch('live_rows', 'tradehouse')(source_name, feed)) }}
{%- endmacro %}

{# Where a batch is one transaction, what is to be seen is done, and a version knows its end. #}
{% macro default__live_rows(source_name, feed) -%}
    select *
    from {{ source(source_name, feed) }}
    where _ended_seq is null
{%- endmacro %}

{% macro clickhouse__live_rows(source_name, feed) -%}
    {%- set log = source(source_name, feed) -%}
    {%- set done = '_batch_seq <= ' ~ last_done_batch(feed) -%}
    {%- set contract = feed_contract(source_name, feed) if execute else {'mode': 'append'} -%}
    {%- if contract.mode == 'append' -%}
        select *
        from {{ log }}
        where {{ done }}
    {%- else -%}
        {%- set keys = live_rows_keys(contract) -%}
        -- keys without a retraction in their partition have one row, and it is live
        {{ unretracted_rows(log, keys, done) }}
        union all
        -- of the others, the version whose signs leave one; the newest row of it, where a key came
        -- back to earlier content
        select *
        from {{ log }}
        where
            _sign = 1
            and ({{ keys }}, _row_hash, _batch_seq) in (
                select
                    {{ keys }},
                    _row_hash,
                    max(case when _sign = 1 then _batch_seq else 0 end)
                from {{ log }}
                where
                    {{ done }}
                    and ({{ keys }}) in (
                        {{ retracted_keys(log, keys, done) }}
                    )
                group by {{ keys }}, _row_hash
                having sum(_sign) > 0
            )
    {%- endif -%}
{%- endmacro %}

{# The key within its partition: a retraction lies in the partition of the version it retracts. #}
{% macro live_rows_keys(contract) -%}
    {%- set grain = contract.partition_by | default('none') -%}
    {{ contract.key | join(', ') }}
    {%- if grain != 'none' %}, date_trunc('{{ grain }}', {{ contract.event_time }}){% endif -%}
{%- endmacro %}

{# The rows of keys without a retraction in their partition; `further` adds select columns. #}
{% macro unretracted_rows(log, keys, done, further='') -%}
    select *{{ further }}
    from {{ log }}
    where
        _sign = 1
        and {{ done }}
        and ({{ keys }}) not in (
            {{ retracted_keys(log, keys, done) }}
        )
{%- endmacro %}

{# The keys of retractions, which are few. The second condition names the sign as well, so that the
   engine reads the batch for them alone and not for every row of the log. #}
{% macro retracted_keys(log, keys, done) -%}
    select {{ keys }} from {{ log }} where _sign = -1 and case when _sign = -1 then {{ done }} end
{%- endmacro %}
