{% macro built_batch(model, feed) -%}
    (
        select argMax(state.high_batch, state.recorded_at)
        from {{ source('warehouse_state', '_model_state') }} as state
        where
            state.model = '{{ model }}'
            and state.upstream = '{{ feed }}'
            and state.status = 'built'
    )
{%- endmacro %}
