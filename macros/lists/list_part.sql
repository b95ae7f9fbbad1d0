{% macro list_part(list, first, length=none) -%}
    {{ return(adapter.dispatch('list_part', 'tradehouse')(list, first, length)) }}
{%- endmacro %}

{% macro default__list_part(list, first, length=none) -%}
    ({{ list }})[{{ first }}:{{ '' if length is none else first ~ ' + ' ~ length ~ ' - 1' }}]
{%- endmacro %}

{% macro clickhouse__list_part(list, first, length=none) -%}
    arraySlice({{ [list, first, length] | reject('none') | join(', ') }})
{%- endmacro %}
