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
