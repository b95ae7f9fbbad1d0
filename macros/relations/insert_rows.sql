{# Insert, by the columns of the contract where there is one. #}
{% macro insert_rows(relation, sql) -%}
    {%- if not config.get('contract').enforced -%}
        {{ return(clickhouse__insert_into(relation, sql, False)) }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for name in model.columns -%}
        {%- do columns.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {{ return(
        'insert into ' ~ relation ~ ' (' ~ columns | join(', ') ~ ') select '
        ~ columns | join(', ') ~ ' from (\n' ~ sql ~ '\n) '
        ~ adapter.get_model_query_settings(model)
    ) }}
{%- endmacro %}
