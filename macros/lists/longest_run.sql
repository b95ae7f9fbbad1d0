{# Length of the longest unbroken run of elements for which a condition holds. #}
{% macro longest_run(lists, condition) -%}
    {#- a miss takes away more than any run can have -#}
    {%- set steps = 'case when ' ~ condition ~ ' then 1 else -1000000000 end' -%}
    {{ list_max({'run': list_running_excess(lists, steps)}, 'run') }}
{%- endmacro %}
