{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{#- What rpt_candles_<interval> says, with one branch for all intervals and the conditions where the
    rows are read: to plan six such views took most of the time. -#}
{%- set intervals = candle_intervals() %}
{%- set symbol_id = view_parameter('symbol', 'String') %}
{%- set asked = view_parameter('interval', 'String') %}
{%- set low = view_parameter('from', type_instant()) %}
{%- set high = view_parameter('to', type_instant()) %}
{%- set is_asked -%}
    market = splitByChar(':', {{ symbol_id }})[1]
        and symbol = substring({{ symbol_id }}, position({{ symbol_id }}, ':') + 1)
{%- endset %}
{%- set lengths = [] %}
{%- for name, length in intervals.items() -%}
    {%- do ref('agg_candles_' ~ name) -%}
    {%- do lengths.append(asked ~ " = '" ~ name ~ "', " ~ length) -%}
{%- endfor %}
{%- set margin = '\n' ~ ' ' * 12 %}
{%- set seconds = 'multiIf(' ~ margin ~ lengths | join(',' ~ margin) ~ ', 1)' %}
{%- set known = "'" ~ intervals | join("', '") ~ "'" %}
{#- built_batch writes a literal #}
{%- set model = "agg_candles_' || " ~ asked ~ " || '" %}

with built as (
    select *
    from merge('{{ ref("agg_candles_1m").schema }}', '^agg_candles_({{ intervals | join("|") }})$')
    where
        _table = concat('agg_candles_', {{ asked }})
        and {{ is_asked }}
        and opened_at >= {{ low }}
        and opened_at < {{ high }}
),

tail as (
    select * from {{ ref('stg_ticks') }}
    where
        batch_seq > {{ built_batch(model, 'ticks') }}
        and {{ asked }} in ({{ known }})
        and {{ is_asked }}
        and ts >= {{ low }}
        and ts < {{ high }} + toIntervalSecond({{ seconds }})
        and {{ candle_start('ts', seconds) }} >= {{ low }}
        and {{ candle_start('ts', seconds) }} < {{ high }}
),

parts as (
    {{ fresh_parts('built', 'tail', seconds) | indent(4) }}
),

merged as (
    {{ merged_candles('parts') | indent(4) }}
),

final as (
    select
        {{ asked }} as candle_interval,
        merged.*
    from merged
)

select * from final
order by opened_at, venue
