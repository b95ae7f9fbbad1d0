{# The table that a build writes beside this model's relation; what a killed one left of it goes. #}
{% macro work_relation() -%}
    {%- set work = api.Relation.create(
        schema=this.schema, identifier='_work_' ~ this.identifier, type='table'
    ) -%}
    {%- if run_states().comments.pop(work.schema ~ '.' ~ work.identifier, none) is not none -%}
        {%- do discard_table(work) -%}
    {%- endif -%}
    {{ return(work) }}
{%- endmacro %}

{% macro discard_table(relation) -%}
    {%- do run_query(
        'drop table if exists ' ~ relation ~ on_cluster_clause(relation) ~ ' sync'
    ) -%}
{%- endmacro %}
