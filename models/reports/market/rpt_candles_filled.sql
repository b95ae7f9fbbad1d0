{{
    config(
        materialized='view'
    )
}}

{%- set minute = candle_intervals()['1m'] %}

with candles as (
    select * from {{ ref('rpt_candles_1m') }}
),

-- minutes in which a venue printed anything
active as (
    select
        market,
        venue,
        opened_at
    from candles
    group by market, venue, opened_at
),

-- a venue with one symbol says nothing of itself
compared_venues as (
    select
        market,
        venue
    from candles
    group by market, venue
    having min(symbol) <> max(symbol)
),

-- each candle with the next one of its symbol; the last has itself
followed as (
    select
        candles.*,
        last_seq - first_seq + 1 = trade_count as is_dense,
        leadInFrame(first_seq, 1, last_seq) over later as next_first_seq,
        leadInFrame(last_seq - first_seq + 1 = trade_count, 1, false) over later as next_is_dense,
        leadInFrame(opened_at, 1, opened_at) over later as next_opened_at
    from candles
    window
        later as (
            partition by market, symbol, venue order by opened_at
            rows between current row and unbounded following
        )
),

-- a row for the candle and one for each empty minute behind it
minutes as (
    select
        followed.*,
        arrayJoin(
            range(greatest(1, toUInt64(dateDiff('minute', opened_at, next_opened_at))))
        ) as minutes_since
    from followed
),

placed as (
    select
        minutes.* except (opened_at),
        opened_at + toIntervalSecond({{ minute }} * minutes_since) as minute_at
    from minutes
),

final as (
    select
        symbol_id,
        market,
        symbol,
        venue,
        case
            when minutes_since = 0 then 'traded'
            when last_seq > 0 and next_first_seq = last_seq + 1 then 'quiet'
            when is_dense and next_is_dense and next_first_seq > last_seq + 1 then 'gap'
            when
                (market, venue, minute_at) in (
                    select
                        market,
                        venue,
                        opened_at
                    from active
                ) then 'quiet'
            when
                (market, venue) in (
                    select
                        market,
                        venue
                    from compared_venues
                ) then 'gap'
            else 'unknown'
        end as state,
        case
            when minutes_since = 0 then ''
            when last_seq > 0 and next_first_seq = last_seq + 1 then 'sequence'
            when is_dense and next_is_dense and next_first_seq > last_seq + 1 then 'sequence'
            when
                (market, venue) in (
                    select
                        market,
                        venue
                    from compared_venues
                ) then 'venue'
            else ''
        end as evidence,
        case when minutes_since = 0 then open else close end as open,
        case when minutes_since = 0 then high else close end as high,
        case when minutes_since = 0 then low else close end as low,
        close,
        case when minutes_since = 0 then volume else toDecimal128(0, 12) end as volume,
        case when minutes_since = 0 then trade_count else 0 end as trade_count,
        minute_at as opened_at
    from placed
)

select * from final
