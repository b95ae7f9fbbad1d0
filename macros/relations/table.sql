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
