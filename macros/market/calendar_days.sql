{% macro calendar_days() -%}
    {%- set date = modules.datetime.date -%}
    {%- set first = date.fromisoformat(var('calendar_start') | string) -%}
    {%- set last = date.fromisoformat(var('calendar_end') | string) -%}
    {%- if last < first -%}
        {{ exceptions.raise_compiler_error(
            'calendar_end (' ~ last ~ ') lies before calendar_start (' ~ first ~ ')'
        ) }}
    {%- endif -%}
    {{ return({'start': first | string, 'end': last | string, 'count': (last - first).days + 1}) }}
{%- endmacro %}
