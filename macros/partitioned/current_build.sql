{# What the comment of a partitioned table names: `generation:build`, as a scalar subquery. Such a
   model is a mart or an intermediate step. #}
{% macro current_build(model) -%}
    (
        select any(tables.comment)
        from system.tables as tables
        where
            tables.database in ('{{ target.schema }}', '{{ target.schema }}_staging')
            and tables.name = '{{ model }}'
    )
{%- endmacro %}
