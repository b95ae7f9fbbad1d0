{# A table is written anew only where its rows could differ, and whole: beside the old one, which it
   then takes the place of. See docs/decisions/0026-made-once.md. #}
{% materialization table, adapter='clickhouse' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set work = work_relation() -%}
    {%- set shape = shape_of_relation(sql) -%}
    {%- set state = shape ~ ':' ~ content_of_relation() -%}

    {% if state_of(this) == state and not should_full_refresh() %}
        {% do nothing_changed() %}
    {% else %}
        {% if state_of(this).split(':')[0] == shape and not should_full_refresh() %}
            {# its contract held, and nothing changed since that shapes it #}
            {% do run_query(
                'create table ' ~ work ~ on_cluster_clause(work) ~ ' as '
                ~ target_relation ~ " comment '" ~ state ~ "'"
            ) %}
            {% call statement('main') -%} {{ insert_rows(work, sql) }} {%- endcall %}
        {% else %}
            {% call statement('main') -%}
                {{ get_create_table_as_sql(False, work, sql) }}
            {%- endcall %}
            {% do set_comment(work, state) %}
        {% endif %}
        {% do put_in_place(work, target_relation, existing_relation) %}
        {% do note_state(state) %}
    {% endif %}

    {{ grant_and_hook(target_relation) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
