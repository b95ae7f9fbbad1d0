{# A view is made anew only where something of it would differ: to describe and to create those of
   many steps takes longer than to build most tables. See docs/decisions/0026-made-once.md. #}
{% materialization view, adapter='clickhouse' %}
    {%- set target_relation = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set state = shape_of_relation(sql) ~ ':' ~ logic_of_relation(sql) -%}

    {% if state_of(this) == state and not should_full_refresh() %}
        {% do nothing_changed() %}
    {% else %}
        {% call statement('main') -%}
            {{ get_create_view_as_sql(target_relation, sql) }}
            comment '{{ state }}'
        {%- endcall %}
        {% do note_state(state) %}
    {% endif %}

    {{ grant_and_hook(target_relation) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
