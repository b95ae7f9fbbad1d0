{# Longest run of hits that ends in the first hits of a part, with what the parts before it hand on.
   Lists by part: hits before anything else, hits after anything else, and the number of misses. A
   part with a miss hands on its last hits; one without adds all of its own to what it was handed. #}
{% macro longest_joined_run(firsts, lasts, misses) -%}
    {%- set handed_on = list_shift(
        list_map({'l': lasts, 'm': misses}, 'case when m > 0 then l else 0 end'), '0'
    ) -%}
    {#- a miss takes away more than any run can have -#}
    {%- set added_up = list_shift(
        list_running_excess(
            {'f': firsts, 'm': misses, 'h': handed_on},
            'case when m > 0 then -1000000000 else f + h end'
        ), '0'
    ) -%}
    {{ list_max({'f': firsts, 'h': handed_on, 'a': added_up}, 'f + h + a') }}
{%- endmacro %}
