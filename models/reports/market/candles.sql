{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{#- What rpt_candles_<interval> says, with one branch for all intervals and the conditions where the
    rows are read: to plan six such views took most of the time. -#}
{%- set asked = asked_candles() %}
{%- set built_tables = '^agg_candles_(' ~ candle_intervals() | join('|') ~ ')$' %}
{%- for name in candle_intervals() -%}
    {%- do ref('agg_candles_' ~ name) -%}
{%- endfor %}
{#- built_batch writes a literal #}
{%- set model = "agg_candles_' || " ~ asked.interval ~ " || '" %}

{%- set start = candle_start('ts', asked.seconds) %}
{%- set built_where = [
    "_table = concat('agg_candles_', " ~ asked.interval ~ ')',
    asked.is_of_symbol,
    'opened_at >= ' ~ asked.low,
    'opened_at < ' ~ asked.high,
] %}
{%- set tail_where = [
    asked.is_known,
    asked.is_of_symbol,
    'ts >= ' ~ asked.low,
    'ts < ' ~ asked.high ~ ' + toIntervalSecond(' ~ asked.seconds ~ ')',
    start ~ ' >= ' ~ asked.low,
    start ~ ' < ' ~ asked.high,
] %}

{%- set parts = fresh_parts(
    "merge('" ~ ref('agg_candles_1m').schema ~ "', '" ~ built_tables ~ "')", model, asked.seconds,
    built_where, tail_where
) %}

-- without named steps: two of them took a seventh of the planning
{{ merged_candles('(' ~ parts ~ ')', interval=asked.interval) }}
order by opened_at, venue
