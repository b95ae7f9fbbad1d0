{# Say of a table what it was made of; a view, and a table that is like another, are created so. #}
{% macro set_comment(relation, state) -%}
    {%- do run_query(
        'alter table ' ~ relation ~ on_cluster_clause(relation) ~ " modify comment '" ~ state ~ "'"
    ) -%}
{%- endmacro %}
