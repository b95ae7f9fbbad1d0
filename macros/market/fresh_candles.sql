{# The candles of an interval, current to the last landed batch: what was built, and the prints that
   landed since, aggregated at reading. Prints are never taken back, so the two parts merge. #}
{% macro fresh_candles(model, seconds) -%}
    with tail as (
        select * from {{ ref('stg_ticks') }}
        where batch_seq > {{ built_batch(model, 'ticks') }}
    ),

    tail_states as (
        {{ candles_of_ticks('tail', seconds) | indent(8) }}
    ),

    tail_candles as (
        {{ candle_columns('tail_states') | indent(8) }}
    ),

    parts as (
        select * from {{ ref(model) }}
        union all
        select * from tail_candles
    ),

    final as (
        {{ merged_candles('parts') | indent(8) }}
    )

    select * from final
{%- endmacro %}
