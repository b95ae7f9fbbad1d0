{# Last day before a trough on which the curve stood at its peak; the day before the window where
   that is what the curve began with. #}
{% macro last_peak(trough) -%}
    {{ list_max(
        {'d': 'days', 'fall': 'drawdowns_abs'},
        'case when fall = 0 and d < ' ~ trough ~ ' then d else first_day - 1 end'
    ) }}
{%- endmacro %}

{# First day after a trough on which the curve is at its peak again; the day after the window where
   there is none. #}
{% macro first_recovery(trough) -%}
    {{ list_min(
        {'d': 'days', 'fall': 'drawdowns_abs'},
        'case when fall = 0 and d > ' ~ trough ~ ' then d else as_of + 1 end'
    ) }}
{%- endmacro %}
