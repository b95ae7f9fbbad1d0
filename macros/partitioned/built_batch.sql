{# Up to which batch of a feed a partitioned model holds everything, as a scalar subquery. #}
{% macro built_batch(model, feed) -%}
    (
        select max(state.high)
        from {{ source('warehouse_state', '_model_state') }} as state
        where
            state.model = '{{ model }}'
            and state.upstream = '{{ feed }}'
            -- the record that the table itself names: true also after a restore
            and concat(state.generation, ':', toString(state.build)) = {{ current_build(model) }}
    )
{%- endmacro %}
