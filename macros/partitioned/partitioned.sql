{# A table that is kept by rebuilding, whole, the partitions that changed, and flipping all of them
   at once. The rules that a model keeps stand in docs/decisions/0011-partitioned.md. #}
{% materialization partitioned, adapter='clickhouse' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {# a clone costs by files: a part below 64 MiB keeps its columns in one #}
    {% do model.config.setdefault('settings', {}).setdefault('min_bytes_for_wide_part', 67108864) %}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set before = partitioned_state() -%}
    {%- set now = partitioned_upstreams() -%}
    {%- set definition = partitioned_definition(sql) -%}
    {# a record may be of a table of this name in the other schema #}
    {%- set is_full = existing_relation is none
        or partitioned_needs_full_build(before, now, definition) -%}

    {% if is_full %}
        {# over all rows compiling pays: docs/lessons/compiled-once.md #}
        {% do model.config.setdefault('query_settings', {}).update(
            {'compile_expressions': 1, 'compile_aggregate_expressions': 1}
        ) %}
        {%- set work = work_relation() -%}
        {%- set build = partitioned_next_build() -%}
        {% call statement('main') -%}
            {{ get_create_table_as_sql(False, work, sql) }}
        {%- endcall %}
        {% do partitioned_record(invocation_id, build, definition, now, []) %}
        {% do set_comment(work, invocation_id ~ ':' ~ build) %}
        {% do put_in_place(work, target_relation, existing_relation) %}
    {% elif not partitioned_moved(before, now) %}
        {% do nothing_changed() %}
    {% else %}
        {%- set build = partitioned_next_build() -%}
        {%- set touched = partitioned_touched(before, now) -%}
        {%- set state = before.generation ~ ':' ~ build -%}
        {% if touched %}
            {%- set work = partitioned_copy(target_relation, touched, state) -%}
            {%- set rebuilt = partitioned_substitute(sql, touched) -%}
            {# a contract held when the table was built in full, and nothing changed since that
               shapes it #}
            {% call statement('main') -%} {{ insert_rows(work, rebuilt) }} {%- endcall %}
            {% do partitioned_record(before.generation, build, definition, now, touched) %}
            {# what it takes the place of is the next build's copy #}
            {% do exchange_tables_atomic(work, target_relation) %}
        {% else %}
            {# batches without a row of this model: only the record moves #}
            {% do nothing_changed() %}
            {% do partitioned_record(before.generation, build, definition, now, []) %}
            {% do set_comment(target_relation, state) %}
        {% endif %}
    {% endif %}

    {{ grant_and_hook(target_relation) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Elsewhere it is a table, written anew by every build. #}
{% materialization partitioned, default %}
    {{ return(materialization_table_default()) }}
{% endmaterialization %}
