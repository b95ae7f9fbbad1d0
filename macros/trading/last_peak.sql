{# Last day before a trough on which the curve stood at its peak; the day before the window where
   that is what the curve began with. Counted in days, so that without a peak it is 0 of them. #}
{% macro last_peak(trough) -%}
    first_day - 1 + coalesce({{ list_max(
        {'d': 'peak_days'}, 'case when d < ' ~ trough ~ ' then d - first_day + 1 else 0 end'
    ) }}, 0)
{%- endmacro %}

{# First day after a trough on which the curve is at its peak again; the day after the window where
   there is none. #}
{% macro first_recovery(trough) -%}
    as_of + 1 - coalesce({{ list_max(
        {'d': 'peak_days'}, 'case when d > ' ~ trough ~ ' then as_of + 1 - d else 0 end'
    ) }}, 0)
{%- endmacro %}
