{# What the table holds now, by the record that its own comment names: generation, build, definition
   and, per upstream, its generation and how far it was read. Empty for a table that no record
   knows. The comment travels with the table through exchange, drop and restore, so record and
   content cannot part. #}
{% macro partitioned_state() -%}
    {%- set state = {
        'generation': none, 'build': none, 'definition': none, 'upstreams': {}
    } -%}
    {%- for record in run_states().records.get(this.identifier, []) -%}
        {%- do state.update({
            'generation': record.generation, 'build': record.build, 'definition': record.definition
        }) -%}
        {%- do state.upstreams.update({
            record.upstream: {'generation': record.upstream_generation, 'high': record.high}
        }) -%}
    {%- endfor -%}
    {{ return(state) }}
{%- endmacro %}

{# The number of the next build: above that of every one, also of those that were killed. #}
{% macro partitioned_next_build() -%}
    {{ return(1 + run_states().builds.get(this.identifier, 0)) }}
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
