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

    states as (
        {{ candles_of_candles('parts') | indent(8) }}
    ),

    candles as (
        {{ candle_columns('states') | indent(8) }}
    ),

    final as (
        select
            symbol_id,
            market,
            symbol,
            venue,
            open,
            high,
            low,
            close,
            volume,
            buy_volume,
            sell_volume,
            {{ money('exact_quote_volume') }} as quote_volume,
            {{ ratio('exact_quote_volume', 'volume') }} as vwap,
            case when volume = 0 then 'vwap=no_volume;' else '' end as undefined_metrics,
            trade_count,
            first_seq,
            last_seq,
            first_at,
            last_at,
            opened_at
        from candles
    )

    select * from final
{%- endmacro %}
