{# What to say of a peer's figure that is not ours: its name and its convention. #}
{% macro convention_differs(name, theirs, ours, convention) -%}
    case
        when {{ theirs }} is null then ''
        when abs({{ theirs }} - ({{ num(ours) }})) <= 1e-9 * abs({{ theirs }}) then ''
        else '{{ name }}: {{ convention }}; '
    end
{%- endmacro %}
