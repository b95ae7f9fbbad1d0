{# A model of candles by month, out of a finer one that is partitioned by day or by month. #}
{% macro roll_up_candles(finer, seconds) -%}
    with finer as (
        select * from {{ ref(finer) }}
        where {{ in_touched('toYYYYMM(opened_at)') }}
    ),

    states as (
        {{ candles_of_candles('finer', seconds) | indent(8) }}
    ),

    final as (
        {{ candle_columns('states') | indent(8) }}
    )

    select * from final
{%- endmacro %}
