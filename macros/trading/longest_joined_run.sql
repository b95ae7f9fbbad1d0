{# Longest run of hits that begins before a part and ends in its first hits, or after a part that has
   nothing else. Lists by part: hits before anything else, hits after anything else, and what is no
   hit. What a part hands on is its last hits; without a miss they are all of it, and are added to what
   it was handed. #}
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
