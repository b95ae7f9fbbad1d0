{# The grain: no two rows share the values of `columns`. #}
{% test unique_combination(model, columns) %}

select
    {{ key_columns(columns) }},
    count(*) as rows_of_key
from {{ model }}
group by {{ key_columns(columns) }}
having count(*) > 1

{% endtest %}

{# A name may be a keyword; an expression is no name. #}
{% macro key_columns(columns) -%}
    {%- for column in columns -%}
        {{ column if '(' in column else adapter.quote(column) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
