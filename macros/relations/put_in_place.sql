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
