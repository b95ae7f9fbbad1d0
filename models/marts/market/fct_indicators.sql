{{
    config(
        order_by=['interval_s', 'market', 'symbol', 'venue', 'origin', 'opened_at']
    )
}}

with from_ticks as (
    {%- for name, seconds in candle_intervals().items() %}
        select
            toUInt32({{ seconds }}) as interval_s,
            'ticks' as origin,
            market,
            symbol,
            venue,
            opened_at,
            high,
            low,
            close,
            toNullable(volume) as volume
        from {{ ref('agg_candles_' ~ name) }}
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
),

candles as (
    select * from from_ticks
    union all
    select
        interval_s,
        'source' as origin,
        market,
        symbol,
        venue,
        opened_at,
        high,
        low,
        close,
        volume
    from {{ ref('fct_candles') }}
),

final as (
    {{ indicators_of_candles('candles') | indent(4) }}
)

select * from final
