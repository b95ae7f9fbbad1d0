{# Before the first model of a run: how far each feed is read, once for all models of the run. #}
{% macro start_run() -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {{ adapter.dispatch('start_run', 'tradehouse')() }}
    {%- endif -%}
{%- endmacro %}

{# Every model is built in full, and every read sees whole batches. #}
{% macro default__start_run() -%}
    {%- set ledger = target.schema ~ '_raw._batches' -%}
    {%- if run_query("select to_regclass('" ~ ledger ~ "')").rows[0][0] is none -%}
        {{ nothing_loaded(ledger) }}
    {%- endif -%}
{%- endmacro %}

{% macro nothing_loaded(ledger) -%}
    {{ exceptions.raise_compiler_error(
        'there is no ' ~ ledger ~ ': nothing was ever loaded; run `tradehouse load` first'
    ) }}
{%- endmacro %}

{# What tells a batch from another of its number: a raw database that was restored, or loaded anew,
   counts its batches again. #}
{% macro batch_generation() -%}
    concat('batch ', toString(cityHash64(fingerprint, started_at)))
{%- endmacro %}

{% macro clickhouse__start_run() -%}
    {%- set cluster = adapter.get_clickhouse_cluster_name() -%}
    {%- set on_cluster = ' on cluster ' ~ cluster if cluster else '' -%}
    {%- set engine = 'ReplicatedMergeTree' if cluster else 'MergeTree' -%}
    {%- set ledger = target.schema ~ '_raw._batches' -%}
    {%- set landed = run_query(
        "select count() from system.tables where name = '_batches' and database = '"
        ~ target.schema ~ "_raw'"
    ).rows[0][0] -%}
    {%- if not landed | int -%}
        {{ nothing_loaded(ledger) }}
    {%- endif -%}
    {%- do run_query(
        'create database if not exists ' ~ target.schema ~ on_cluster
    ) -%}
    {%- do run_query(
        'create table if not exists ' ~ model_state_relation() ~ on_cluster ~ ' ('
        ~ 'model LowCardinality(String), generation String, build UInt64, definition String, '
        ~ 'upstream LowCardinality(String), upstream_generation String, high UInt64, '
        ~ "recorded_at DateTime64(6, 'UTC')) engine = " ~ engine ~ ' order by (model, build)'
    ) -%}
    {%- do run_query(
        'create table if not exists ' ~ model_changes_relation() ~ on_cluster ~ ' ('
        ~ 'model LowCardinality(String), generation String, build UInt64, touched UInt32, '
        ~ "recorded_at DateTime64(6, 'UTC')) engine = " ~ engine ~ ' order by (model, build)'
    ) -%}
    {%- do run_query(
        'create table if not exists ' ~ run_batches_relation() ~ on_cluster ~ ' ('
        ~ 'run String, feed LowCardinality(String), high UInt64, generation String, '
        ~ "recorded_at DateTime64(6, 'UTC')) engine = " ~ engine ~ ' order by recorded_at '
        ~ 'ttl toDateTime(recorded_at) + interval 30 day'
    ) -%}
    {# warehouses from before it was kept there #}
    {%- do run_query(
        'alter table ' ~ run_batches_relation() ~ on_cluster
        ~ ' add column if not exists generation String'
    ) -%}
    {%- do run_query(
        'insert into ' ~ run_batches_relation() ~ " (run, feed, high, generation, recorded_at) select '"
        ~ invocation_id ~ "', feed, max(batch_seq), argMax(" ~ batch_generation()
        ~ ", batch_seq), now64(6, 'UTC') from "
        ~ '(select * from ' ~ ledger ~ ' order by revision desc limit 1 by feed, batch_seq) '
        ~ "where status in ('done', 'rolled_back') group by feed"
    ) -%}
    {# here, because two models at once would each read, and one forget what the other noted #}
    {%- do run_states() -%}
{%- endmacro %}
