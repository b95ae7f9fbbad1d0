{# The candles of an interval, current to the last landed batch: what was built, and the prints that
   landed since, aggregated at reading. Prints are never taken back, so the two parts merge. #}
{% macro fresh_candles(model, seconds) -%}
    with built as (
        select * from {{ ref(model) }}
    ),

    tail as (
        select * from {{ ref('stg_ticks') }}
        where batch_seq > {{ built_batch(model, 'ticks') }}
    ),

    parts as (
        {{ fresh_parts('built', 'tail', seconds) | indent(8) }}
    ),

    final as (
        {{ merged_candles('parts') | indent(8) }}
    )

    select * from final
{%- endmacro %}
