{# A division as doubles divide: an infinity over 0, and NULL for what is no number. #}
{% macro peer_ratio(numerator, denominator) -%}
    case
        when ({{ denominator }}) != 0 then ({{ numerator }}) / nullif({{ num(denominator) }}, 0)
        when {{ numerator }} > 0 then {{ num("'inf'") }}
        when {{ numerator }} < 0 then -{{ num("'inf'") }}
    end
{%- endmacro %}
