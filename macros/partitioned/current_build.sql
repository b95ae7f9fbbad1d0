{# What the comment of a partitioned table names: `generation:build`, as a scalar subquery. #}
{% macro current_build(model) -%}
    (
        select any(tables.comment)
        from system.tables as tables
        where tables.database = '{{ target.schema }}' and tables.name = '{{ model }}'
    )
{%- endmacro %}
