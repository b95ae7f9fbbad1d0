{# What the table holds now, by the record that its own comment names: generation, build, definition
   and, per upstream, its generation and how far it was read. Empty for a table that no record
   knows. The comment travels with the table through exchange, drop and restore, so record and
   content cannot part. #}
{% macro partitioned_state(relation) -%}
    {%- set state = {
        'generation': none, 'build': none, 'definition': none, 'upstreams': {}, 'last_build': 0
    } -%}
    {%- set latest = run_query(
        'select max(build) from ' ~ model_state_relation()
        ~ " where model = '" ~ this.identifier ~ "'"
    ).rows[0][0] -%}
    {%- do state.update({'last_build': (latest or 0) | int}) -%}
    {%- if relation is not none -%}
        {%- for row in partitioned_record_of(this.identifier) -%}
            {%- do state.update({
                'generation': row[0], 'build': row[1] | int, 'definition': row[2]
            }) -%}
            {%- do state.upstreams.update({
                row[3]: {'generation': row[4], 'high': row[5] | int}
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(state) }}
{%- endmacro %}

{# The record that the comment of a table names: one row per upstream. #}
{% macro partitioned_record_of(name) -%}
    {{ return(run_query(
        'select generation, build, definition, upstream, upstream_generation, high from '
        ~ model_state_relation() ~ " where model = '" ~ name ~ "' and concat(generation, ':', "
        ~ 'toString(build)) = ' ~ current_build(name)
    ).rows) }}
{%- endmacro %}

{% macro model_state_relation() -%}
    {{ return(api.Relation.create(schema=target.schema, identifier='_model_state')) }}
{%- endmacro %}

{% macro model_changes_relation() -%}
    {{ return(api.Relation.create(schema=target.schema, identifier='_model_changes')) }}
{%- endmacro %}

{% macro run_batches_relation() -%}
    {{ return(api.Relation.create(schema=target.schema, identifier='_run_batches')) }}
{%- endmacro %}
