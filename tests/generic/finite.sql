{# A number is a number or NULL: never NaN, never an infinity. Of one column, or of `columns`. #}
{% test finite(model, column_name=none, columns=none) %}

select {{ (columns or [column_name]) | join(', ') }}
from {{ model }}
where
    false
    {% for column in columns or [column_name] %}
        or (
            {{ column }} is not null
            and not ({{ column }} > -{{ num("'inf'") }} and {{ column }} < {{ num("'inf'") }})
        )
    {% endfor %}

{% endtest %}
