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

venues as (
    select
        venue,
        trading_zone
    from {{ ref('venues') }}
),

zoned as (
    select
        c.*,
        case
            when v.trading_zone is null then toDate(c.opened_at)
            else {{ local_date('c.opened_at', "coalesce(v.trading_zone, 'UTC')") }}
        end as session_day
    from candles as c
    left join venues as v on c.venue = v.venue
),

final as (
    {{ indicators_of_candles('zoned') | indent(4) }}
)

select * from final
