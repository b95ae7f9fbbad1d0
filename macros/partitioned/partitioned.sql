{# A table that is kept by rebuilding, whole, the partitions that changed, and flipping all of them
   at once. The rules that a model keeps stand in docs/decisions/0011-partitioned.md. #}
{% materialization partitioned, adapter='clickhouse' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set work_relation = api.Relation.create(
        schema=this.schema, identifier='_work_' ~ this.identifier, type='table'
    ) -%}

    {# a clone costs by files: a part below 64 MiB keeps its columns in one #}
    {% do model.config.setdefault('settings', {}).setdefault('min_bytes_for_wide_part', 67108864) %}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {# a killed build leaves its work table behind #}
    {% do partitioned_drop(work_relation) %}

    {%- set before = partitioned_state(existing_relation) -%}
    {%- set now = partitioned_upstreams() -%}
    {%- set definition = partitioned_definition(sql) -%}
    {%- set build = before.last_build + 1 -%}
    {%- set is_full = partitioned_needs_full_build(before, now, definition) -%}

    {% if is_full %}
        {%- set generation = invocation_id -%}
        {% call statement('main') -%}
            {{ get_create_table_as_sql(False, work_relation, sql) }}
        {%- endcall %}
        {% do partitioned_record(work_relation, generation, build, definition, now, []) %}
        {% if existing_relation is none %}
            {% do adapter.rename_relation(work_relation, target_relation) %}
        {% elif existing_relation.type == 'table' %}
            {% do exchange_tables_atomic(work_relation, target_relation) %}
        {% else %}
            {% do adapter.drop_relation(existing_relation) %}
            {% do adapter.rename_relation(work_relation, target_relation) %}
        {% endif %}
    {% elif not partitioned_moved(before, now) %}
        {% call statement('main') -%} select 1 {%- endcall %}
    {% else %}
        {%- set touched = partitioned_touched(before, now) -%}
        {% if touched %}
            {% do run_query(
                'create table ' ~ work_relation ~ on_cluster_clause(work_relation)
                ~ ' clone as ' ~ target_relation
            ) %}
            {% do partitioned_empty(work_relation, target_relation, touched) %}
            {%- set rebuilt = partitioned_substitute(sql, touched) -%}
            {%- set has_contract = config.get('contract').enforced -%}
            {% if has_contract %}{% do get_assert_columns_equivalent(rebuilt) %}{% endif %}
            {% call statement('main') -%}
                {{ clickhouse__insert_into(work_relation, rebuilt, has_contract) }}
            {%- endcall %}
            {% do partitioned_record(
                work_relation, before.generation, build, definition, now, touched
            ) %}
            {% do exchange_tables_atomic(work_relation, target_relation) %}
        {% else %}
            {# batches without a row of this model: only the record moves #}
            {% call statement('main') -%} select 1 {%- endcall %}
            {% do partitioned_record(
                target_relation, before.generation, build, definition, now, []
            ) %}
        {% endif %}
    {% endif %}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=True) %}
    {% do partitioned_drop(work_relation) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Elsewhere it is a table, written anew by every build. #}
{% materialization partitioned, default %}
    {{ return(materialization_table_default()) }}
{% endmaterialization %}

{% macro partitioned_drop(relation) -%}
    {%- do run_query(
        'drop table if exists ' ~ relation ~ on_cluster_clause(relation) ~ ' sync'
    ) -%}
{%- endmacro %}

{# Take the touched rows out of a clone: with their partitions, whose other rows come back. #}
{% macro partitioned_empty(work, original, touched) -%}
    {%- set unit = config.get('rebuilt_by') -%}
    {%- set partitions = [] if unit else touched -%}
    {%- if unit -%}
        {%- for row in run_query(
            'select distinct toUInt32(' ~ config.get('partition_by') ~ ') from ' ~ original
            ~ ' where ' ~ unit ~ ' in (' ~ touched | join(', ') ~ ')'
        ).rows -%}
            {%- do partitions.append(row[0] | int) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if partitions -%}
        {%- do run_query(
            'alter table ' ~ work ~ on_cluster_clause(work) ~ ' drop partition '
            ~ partitions | join(', drop partition ')
        ) -%}
        {%- if unit -%}
            {%- do run_query(
                'insert into ' ~ work ~ ' select * from ' ~ original ~ ' where '
                ~ config.get('partition_by') ~ ' in (' ~ partitions | join(', ') ~ ') and '
                ~ unit ~ ' not in (' ~ touched | join(', ') ~ ')'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
