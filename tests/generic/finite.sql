{# A number is a number or NULL: never NaN, never an infinity. #}
{% test finite(model, column_name) %}

select {{ column_name }}
from {{ model }}
where
    {{ column_name }} is not null
    and not (
        {{ column_name }} > -{{ num("'inf'") }}
        and {{ column_name }} < {{ num("'inf'") }}
    )

{% endtest %}
