{% macro start_build(feeds=[], models=[]) -%}
    {%- set state = model_state_relation() -%}
    {%- set ledger = api.Relation.create(schema=target.schema ~ '_raw', identifier='_batches') -%}
    {%- if execute -%}
        {%- do run_query(create_model_state_sql(state)) -%}
    {%- endif -%}
    insert into {{ state }} (model, upstream, generation, status, high_batch, recorded_at)
    {%- for feed in feeds %}
    select
        '{{ this.identifier }}',
        '{{ feed }}',
        '{{ invocation_id }}',
        'building',
        max(batch_seq),
        now64(6, 'UTC')
    from {{ ledger }}
    where
        feed = '{{ feed }}'
        and status = 'done'
        and (feed, batch_seq, revision) in (
            select feed, batch_seq, max(revision) from {{ ledger }} group by feed, batch_seq
        )
    {% if models or not loop.last %}union all{% endif %}
    {%- endfor %}
    {%- for model in models %}
    select
        '{{ this.identifier }}',
        upstream,
        '{{ invocation_id }}',
        'building',
        argMax(high_batch, recorded_at),
        now64(6, 'UTC')
    from {{ state }}
    where model = '{{ model }}' and status = 'built'
    group by upstream
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro model_state_relation() -%}
    {{ return(api.Relation.create(schema=target.schema, identifier='_model_state')) }}
{%- endmacro %}

{% macro create_model_state_sql(state) -%}
    {%- set cluster = adapter.get_clickhouse_cluster_name() -%}
    create table if not exists {{ state }} {% if cluster %}on cluster {{ cluster }}{% endif %} (
        model LowCardinality(String),
        upstream LowCardinality(String),
        generation String,
        status LowCardinality(String),
        high_batch UInt64,
        recorded_at DateTime64(6, 'UTC')
    )
    engine = {{ 'ReplicatedMergeTree' if cluster else 'MergeTree' }}
    order by (model, upstream, recorded_at)
{%- endmacro %}
