{# What hashes are taken of, wherever relations are compared. #}

{# All rows of a relation, in any order. #}
{% macro hash_of_rows() -%}
    toString((count(), sum(sipHash64(tuple(*)))))
{%- endmacro %}

{# Rows of system.columns. #}
{% macro hash_of_columns() -%}
    toString(sipHash128(arraySort(groupArray((database, table, position, name, type)))))
{%- endmacro %}

{# The columns that a model declares, with their types and how they are compressed. #}
{% macro promised_columns() -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append(
            [column.name, column.data_type, column.get('codec')] | select | join(' ')
        ) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
