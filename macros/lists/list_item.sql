{% macro list_item(list, place) -%}
    ({{ list }})[{{ place }}]
{%- endmacro %}
