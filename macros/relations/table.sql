{# A table is written anew only where its rows could differ, and whole: beside the old one, which it
   then takes the place of. See docs/decisions/0026-made-once.md. #}
{% materialization table, adapter='clickhouse' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set work_relation = api.Relation.create(
        schema=this.schema, identifier='_work_' ~ this.identifier, type='table'
    ) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% do drop_leftover(work_relation) %}
    {%- set shape = shape_of_relation(sql) -%}
    {%- set state = shape ~ ':' ~ content_of_relation() -%}

    {% if existing_relation is not none and state_of(this) == state and not should_full_refresh() %}
        {% call noop_statement('main', 'NOTHING CHANGED') %}{% endcall %}
    {% else %}
        {% if state_of(this).split(':')[0] == shape and not should_full_refresh() %}
            {# its contract held, and nothing changed since that shapes it #}
            {% do run_query(
                'create table ' ~ work_relation ~ on_cluster_clause(work_relation) ~ ' as '
                ~ target_relation
            ) %}
            {% call statement('main') -%} {{ insert_rows(work_relation, sql) }} {%- endcall %}
        {% else %}
            {% call statement('main') -%}
                {{ get_create_table_as_sql(False, work_relation, sql) }}
            {%- endcall %}
        {% endif %}
        {% do run_query(
            'alter table ' ~ work_relation ~ on_cluster_clause(work_relation) ~ " modify comment '"
            ~ state ~ "'"
        ) %}
        {% do put_in_place(work_relation, target_relation, existing_relation) %}
        {% do note_state(state) %}
    {% endif %}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=True) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The new table takes the place of the old relation, at once where that is a table. #}
{% macro put_in_place(work, target, existing) -%}
    {%- if existing is none -%}
        {%- do adapter.rename_relation(work, target) -%}
    {%- elif existing.type == 'table' -%}
        {%- do exchange_tables_atomic(work, target) -%}
        {%- do discard_table(work) -%}
    {%- else -%}
        {%- do adapter.drop_relation(existing) -%}
        {%- do adapter.rename_relation(work, target) -%}
    {%- endif -%}
{%- endmacro %}

{# A killed build leaves its work table behind. #}
{% macro drop_leftover(work) -%}
    {%- if run_states().comments.pop(work.schema ~ '.' ~ work.identifier, none) is not none -%}
        {%- do discard_table(work) -%}
    {%- endif -%}
{%- endmacro %}

{% macro discard_table(relation) -%}
    {%- do run_query(
        'drop table if exists ' ~ relation ~ on_cluster_clause(relation) ~ ' sync'
    ) -%}
{%- endmacro %}

{# Insert, by the columns of the contract where there is one. #}
{% macro insert_rows(relation, sql) -%}
    {%- if not config.get('contract').enforced -%}
        {{ return(clickhouse__insert_into(relation, sql, False)) }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for name in model.columns -%}
        {%- do columns.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {{ return(
        'insert into ' ~ relation ~ ' (' ~ columns | join(', ') ~ ') select '
        ~ columns | join(', ') ~ ' from (\n' ~ sql ~ '\n) '
        ~ adapter.get_model_query_settings(model)
    ) }}
{%- endmacro %}
