{# Every metric that is NULL has its reason in undefined_metrics, and no other metric has one. #}
{% test nulls_have_reasons(model, metrics) %}

with stated as (
    select
        *,
        concat(';', undefined_metrics) as reasons
    from {{ model }}
)

select *
from stated
where
    reasons like '%=unexplained;%'
    {% for metric in metrics %}
        or ({{ metric }} is null) != (reasons like '%;{{ metric }}=%')
    {% endfor %}

{% endtest %}
