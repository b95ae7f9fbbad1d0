{{
    config(
        materialized='view'
    )
}}

with minutes as (
    select * from {{ ref('int_market__measure_minutes') }}
),

indicators as (
    select * from {{ ref('fct_indicators_1m') }}
    where origin = 'ticks'
),

-- both have a row of every candle
final as (
    select
        i.symbol_id as symbol_id,
        m.market as market,
        m.symbol as symbol,
        m.venue as venue,
        m.close as close,
        m.volume as volume,
        m.trade_count as trade_count,
        m.return_1m as return_1m,
        m.return_5m as return_5m,
        m.return_15m as return_15m,
        m.return_60m as return_60m,
        m.realised_volatility_60m as realised_volatility_60m,
        m.volume_imbalance_1m as volume_imbalance_1m,
        m.volume_imbalance_15m as volume_imbalance_15m,
        m.spread_bps as spread_bps,
        m.book_imbalance_1 as book_imbalance_1,
        {%- for name, first_bar, needs in indicator_columns() %}
            i.{{ name }} as {{ name }},
        {%- endfor %}
        concat(m.undefined_metrics, i.undefined_metrics) as undefined_metrics,
        m.opened_at as opened_at,
        m.known_at as known_at
    from minutes as m
    inner join indicators as i
        on
            m.market = i.market
            and m.symbol = i.symbol
            and m.venue = i.venue
            and m.opened_at = i.opened_at
)

select * from final
