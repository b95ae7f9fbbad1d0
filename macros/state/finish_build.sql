{% macro finish_build() -%}
    {%- set state = model_state_relation() -%}
    insert into {{ state }} (model, upstream, generation, status, high_batch, recorded_at)
    select
        model,
        upstream,
        generation,
        'built',
        max(high_batch),
        now64(6, 'UTC')
    from {{ state }}
    where
        model = '{{ this.identifier }}'
        and generation = '{{ invocation_id }}'
        and status = 'building'
    group by model, upstream, generation
{%- endmacro %}
