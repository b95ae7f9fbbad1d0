{# The seeds name types of ClickHouse, which are put in PostgreSQL's words. dbt calls it for every
   seed. #}
{% macro postgres__create_csv_table(model, agate_table) -%}
    {%- set types = {} -%}
    {%- for name, type in model.config.column_types.items() -%}
        {%- do types.update({name: postgres_type(type)}) -%}
    {%- endfor -%}
    {%- do model.config.update({'column_types': types}) -%}
    {{ return(default__create_csv_table(model, agate_table)) }}
{%- endmacro %}

{% macro postgres_type(type) -%}
    {%- set type = modules.re.sub('^Nullable\\((.*)\\)$', '\\1', type) -%}
    {{ return({'String': 'text', 'UInt16': 'integer'}.get(type, type)) }}
{%- endmacro %}
