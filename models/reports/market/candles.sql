{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set relations = {} -%}
{%- for name in candle_intervals() -%}
    {%- do relations.update({name: ref('rpt_candles_' ~ name)}) -%}
{%- endfor %}

{{ asked_candles(relations) }}
