{{
    config(
        order_by=['strategy', 'symbol', 'ts', 'signal_id', 'horizon_s'],
        query_settings={'join_use_nulls': 1, 'max_partitions_per_insert_block': 0}
    )
}}

with signals as (
    select * from {{ ref('fct_signals') }}
),

-- a candle is known from its end on
candles as (
    select
        symbol,
        market,
        venue,
        close,
        trade_count,
        opened_at + toIntervalSecond({{ candle_intervals()['1m'] }}) as ended_at
    from {{ ref('agg_candles_1m') }}
    where symbol in (select signals.symbol from signals)
),

series as (
    select
        symbol,
        market,
        venue,
        sum(trade_count) as trades,
        max(ended_at) as known_to
    from candles
    group by symbol, market, venue
),

-- a signal names no venue: the one with the most trades of its symbol
chosen as (
    select
        symbol,
        {{ arg_max('market', ['trades', 'market', 'venue']) }} as chosen_market,
        {{ arg_max('venue', ['trades', 'market', 'venue']) }} as chosen_venue,
        {{ arg_max('known_to', ['trades', 'market', 'venue']) }} as known_to
    from series
    group by symbol
),

closes as (
    select
        candles.symbol as symbol,
        candles.close as close,
        candles.ended_at as ended_at
    from candles
    inner join chosen
        on
            candles.symbol = chosen.symbol
            and candles.market = chosen.chosen_market
            and candles.venue = chosen.chosen_venue
),

started as (
    select
        s.*,
        c.close as last_close
    from signals as s
    asof left join closes as c
        on s.symbol = c.symbol and s.ts >= c.ended_at
),

horizons as (
    select
        started.*,
        coalesce(price, last_close) as entry_price,
        arrayJoin([60, 300, 3600, 86400]) as horizon_s,
        ts + toIntervalSecond(horizon_s) as target_at
    from started
),

reached as (
    select
        h.*,
        c.close as found_price,
        c.ended_at as found_at
    from horizons as h
    asof left join closes as c
        on h.symbol = c.symbol and h.target_at >= c.ended_at
),

judged as (
    select
        r.*,
        k.chosen_market as market,
        k.chosen_venue as venue,
        coalesce(k.known_to >= r.target_at, false) as is_known,
        coalesce(r.found_at > r.ts, false) as is_later
    from reached as r
    left join chosen as k on r.symbol = k.symbol
),

measured as (
    select
        judged.*,
        case when is_known and is_later then found_price end as exit_price
    from judged
),

final as (
    select
        strategy,
        strategy_type,
        signal_id,
        symbol,
        market,
        venue,
        signal_type,
        direction,
        confidence,
        toUInt32(horizon_s) as horizon_s,
        entry_price,
        exit_price,
        {{ ratio('exit_price', 'entry_price') }} - 1 as forward_return,
        case
            when direction <> 0 then direction * ({{ ratio('exit_price', 'entry_price') }} - 1)
        end as signal_return,
        case
            when direction <> 0 and exit_price is not null and entry_price is not null
                then cast((exit_price - entry_price) * direction > 0 as boolean)
        end as is_hit,
        case
            when market is null then 'forward_return=no_candles;'
            when entry_price is null then 'forward_return=no_entry_price;'
            when not is_known then 'forward_return=not_yet;'
            when not is_later then 'forward_return=no_trade;'
            when direction = 0 then 'signal_return=no_direction;'
            else ''
        end as undefined_metrics,
        ts,
        target_at
    from measured
)

select * from final
