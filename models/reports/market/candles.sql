{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set symbol_id = view_parameter('symbol', 'String') %}

with asked as (
    select
        splitByChar(':', {{ symbol_id }})[1] as market,
        substring({{ symbol_id }}, position({{ symbol_id }}, ':') + 1) as symbol
),

-- an interval that is not asked for is known before it is read, and left out
final as (
    {%- for name in candle_intervals() %}
        select
            '{{ name }}' as candle_interval,
            candles.*
        from {{ ref('rpt_candles_' ~ name) }} as candles
        where
            {{ view_parameter('interval', 'String') }} = '{{ name }}'
            and candles.market = (select asked.market from asked)
            and candles.symbol = (select asked.symbol from asked)
            and candles.opened_at >= {{ view_parameter('from', type_instant()) }}
            and candles.opened_at < {{ view_parameter('to', type_instant()) }}
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
)

select * from final
order by opened_at, venue
