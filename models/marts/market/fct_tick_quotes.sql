{{
    config(
        materialized='view'
    )
}}

with ticks as (
    select * from {{ ref('stg_ticks') }}
),

-- one quote an instant: the join takes any of several
quotes as (
    select
        q.market as market,
        q.symbol as symbol,
        q.venue as venue,
        q.ts as ts,
        q.bid_price as bid_price,
        q.ask_price as ask_price,
        1 as is_quoted
    from {{ ref('fct_quotes') }} as q
    where q.is_last_of_instant
),

-- right for a reader with join_use_nulls and without
joined as (
    select
        t.symbol_id as symbol_id,
        t.market as market,
        t.symbol as symbol,
        t.venue as venue,
        t.trade_ref as trade_ref,
        t.aggressor as aggressor,
        t.price as price,
        t.quantity as quantity,
        t.seq as seq,
        t.ts as ts,
        coalesce(q.is_quoted, 0) = 1 as has_quote,
        q.ts as joined_at,
        q.bid_price as joined_bid,
        q.ask_price as joined_ask
    from ticks as t
    asof left join quotes as q
        on t.market = q.market and t.symbol = q.symbol and t.venue = q.venue and t.ts >= q.ts
),

aged as (
    select
        joined.*,
        case when has_quote then joined_at end as quote_at,
        case when has_quote then {{ seconds_between('joined_at', 'ts') }} end as quote_age_s
    from joined
),

bounded as (
    select
        aged.*,
        cast(
            coalesce(quote_age_s > {{ var('quote_stale_after_s') }}, false) as boolean
        ) as is_quote_stale,
        case
            when quote_age_s <= {{ var('quote_stale_after_s') }} then joined_bid
        end as bid_price,
        case
            when quote_age_s <= {{ var('quote_stale_after_s') }} then joined_ask
        end as ask_price
    from aged
),

final as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        trade_ref,
        aggressor,
        price,
        quantity,
        bid_price,
        ask_price,
        abs({{ ratio('2 * price - bid_price - ask_price', 'bid_price + ask_price') }}) * 20000
            as effective_spread_bps,
        case
            when not has_quote then 'effective_spread_bps=no_quote;'
            when is_quote_stale then 'effective_spread_bps=stale_quote;'
            when bid_price is null or ask_price is null then 'effective_spread_bps=one_sided;'
            else ''
        end as undefined_metrics,
        is_quote_stale,
        quote_age_s,
        quote_at,
        seq,
        ts
    from bounded
)

select * from final
