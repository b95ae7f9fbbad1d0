{{
    config(
        enabled=var('streamed_ticks') != '',
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set parts = '(' ~ candle_columns(ref('agg_streamed_candles_1m')) ~ ')' -%}
{%- set relations = {} -%}
{%- for name, seconds in candle_intervals().items() -%}
    {%- do relations.update({name: '(' ~ merged_candles(parts, seconds) ~ ')'}) -%}
{%- endfor %}

{{ asked_candles(relations) }}
