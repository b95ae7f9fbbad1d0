{# Insert, by the columns of the contract where there is one; else as the query has them, which made
   the table that this one is like. dbt-clickhouse asks for the columns of the table, 15 ms each. #}
{% macro insert_rows(relation, sql) -%}
    {%- set settings = adapter.get_model_query_settings(model) -%}
    {%- if not config.get('contract').enforced -%}
        {{ return('insert into ' ~ relation ~ '\n' ~ sql ~ '\n' ~ settings) }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for name in model.columns -%}
        {%- do columns.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {{ return(
        'insert into ' ~ relation ~ ' (' ~ columns | join(', ') ~ ') select '
        ~ columns | join(', ') ~ ' from (\n' ~ sql ~ '\n) ' ~ settings
    ) }}
{%- endmacro %}
