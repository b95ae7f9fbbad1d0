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

with built as (
    select *
    from merge('{{ ref("agg_candles_1m").schema }}', '{{ built_tables }}')
    where
        _table = concat('agg_candles_', {{ asked.interval }})
        and {{ asked.is_of_symbol }}
        and opened_at >= {{ asked.low }}
        and opened_at < {{ asked.high }}
),

tail as (
    select * from {{ ref('stg_ticks') }}
    where
        batch_seq > {{ built_batch(model, 'ticks') }}
        and {{ asked.is_known }}
        and {{ asked.is_of_symbol }}
        and ts >= {{ asked.low }}
        and ts < {{ asked.high }} + toIntervalSecond({{ asked.seconds }})
        and {{ candle_start('ts', asked.seconds) }} >= {{ asked.low }}
        and {{ candle_start('ts', asked.seconds) }} < {{ asked.high }}
),

parts as (
    {{ fresh_parts('built', 'tail', asked.seconds) | indent(4) }}
),

merged as (
    {{ merged_candles('parts') | indent(4) }}
),

final as (
    select
        {{ asked.interval }} as candle_interval,
        merged.*
    from merged
)

select * from final
order by opened_at, venue
