{# A typed parameter of a view: `select ... from view(name = value)`. #}
{% macro view_parameter(name, type) -%}
    { {{- name }}:{{ type -}} }
{%- endmacro %}
