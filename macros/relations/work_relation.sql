{# The table that a build writes beside this model's relation; what an earlier one left goes. #}
{% macro work_relation() -%}
    {%- set work = relation_beside() -%}
    {%- if work.schema ~ '.' ~ work.identifier in run_states().comments -%}
        {%- do discard_table(work) -%}
    {%- endif -%}
    {{ return(work) }}
{%- endmacro %}

{% macro relation_beside() -%}
    {{ return(api.Relation.create(
        schema=this.schema, identifier='_work_' ~ this.identifier, type='table'
    )) }}
{%- endmacro %}

{% macro discard_table(relation) -%}
    {%- do run_query(
        'drop table if exists ' ~ relation ~ on_cluster_clause(relation) ~ ' sync'
    ) -%}
{%- endmacro %}
