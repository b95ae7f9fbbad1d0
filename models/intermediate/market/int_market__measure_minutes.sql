{%- set minute = candle_intervals()['1m'] -%}
{#- a row looks back a day at most, so that it depends on its own day and the one before -#}
{%- set look_back_s = 86400 -%}
{%- set reached = ['changed', 'toYYYYMMDD(YYYYMMDDToDate(changed) + toIntervalDay(1))'] -%}
{%- set lags_min = [1, 5, 15, 60] -%}
{%- set stale_s = [var('quote_stale_after_s') | int, look_back_s] | min -%}
{%- set quote_reasons = [
    ('no_quote', 'coalesce(quote_age_s > ' ~ look_back_s ~ ', true)'),
    ('stale_quote', 'quote_age_s > ' ~ stale_s), ('one_sided', 'spread_bps is null')
] -%}
{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMMDD(opened_at)',
        changes=[
            {'model': 'agg_candles_1m', 'partitions': reached},
            {'model': 'fct_quotes', 'partitions': reached}
        ],
        query_settings={'join_use_nulls': 1, 'max_partitions_per_insert_block': 0}
    )
}}

with candles as (
    select
        c.*,
        c.opened_at + toIntervalSecond({{ minute }}) as known_at,
        intDiv(toUnixTimestamp64Micro(c.opened_at), 1000000) as opened_s
    from {{ ref('agg_candles_1m') }} as c
    where
        {{ in_touched('toYYYYMMDD(opened_at)') }}
        or {{ in_touched('toYYYYMMDD(opened_at + toIntervalDay(1))') }}
),

quotes as (
    select * from {{ ref('fct_quotes') }}
    where
        {{ in_touched('toYYYYMMDD(ts)') }}
        or {{ in_touched('toYYYYMMDD(ts + toIntervalDay(1))') }}
),

last_quotes as (
    select
        q.market as market,
        q.symbol as symbol,
        q.venue as venue,
        {{ arg_max('(q.spread_bps, q.imbalance_1)', quote_order('q.')) }} as quote,
        max(q.ts) as quoted_at
    from quotes as q
    group by q.market, q.symbol, q.venue, {{ candle_start('q.ts', minute) }}
),

-- the last close known so many minutes before; frames of minutes that end with the row's own
looked_back as (
    select
        candles.*,
        {%- for lag_min in lags_min %}
            last_value((close, opened_s)) over (
                series range between unbounded preceding and {{ lag_min * 60 }} preceding
            ) as reference_{{ lag_min }}m,
        {%- endfor %}
        groupArray(toFloat64(close)) over (
            series range between 3540 preceding and current row
        ) as closes_60m,
        sum({{ wide('buy_volume') }}) over (
            series range between 840 preceding and current row
        ) as buy_volume_15m,
        sum({{ wide('sell_volume') }}) over (
            series range between 840 preceding and current row
        ) as sell_volume_15m
    from candles
    window series as (partition by market, symbol, venue order by opened_s)
),

quoted as (
    select
        m.*,
        {{ seconds_between('q.quoted_at', 'm.known_at') }} as quote_age_s,
        q.quote as quote
    from looked_back as m
    asof left join last_quotes as q
        on
            m.market = q.market and m.symbol = q.symbol and m.venue = q.venue
            and m.known_at > q.quoted_at
    where {{ in_touched('toYYYYMMDD(opened_at)') }}
),

measured as (
    select
        quoted.*,
        {%- for lag_min in lags_min %}
            case
                when opened_s - tupleElement(reference_{{ lag_min }}m, 2) <= {{ look_back_s }}
                    then {{ ratio('close', 'tupleElement(reference_' ~ lag_min ~ 'm, 1)') }} - 1
            end as return_{{ lag_min }}m,
        {%- endfor %}
        case
            when length(closes_60m) >= 2
                then sqrt(arraySum(
                    (later, earlier) -> pow(ln(later / earlier), 2),
                    arrayPopFront(closes_60m), arrayPopBack(closes_60m)
                ))
        end as realised_volatility_60m,
        {{ ratio('buy_volume - sell_volume', 'buy_volume + sell_volume') }} as volume_imbalance_1m,
        {{ ratio('buy_volume_15m - sell_volume_15m', 'buy_volume_15m + sell_volume_15m') }}
            as volume_imbalance_15m,
        case when quote_age_s <= {{ stale_s }} then tupleElement(quote, 1) end as spread_bps,
        case when quote_age_s <= {{ stale_s }} then tupleElement(quote, 2) end as book_imbalance_1
    from quoted
),

final as (
    select
        market,
        symbol,
        venue,
        close,
        volume,
        trade_count,
        {%- for lag_min in lags_min %}
            return_{{ lag_min }}m,
        {%- endfor %}
        realised_volatility_60m,
        volume_imbalance_1m,
        volume_imbalance_15m,
        spread_bps,
        book_imbalance_1,
        {{ reasons({
            'return_1m': [('no_price', 'true')],
            'return_5m': [('no_price', 'true')],
            'return_15m': [('no_price', 'true')],
            'return_60m': [('no_price', 'true')],
            'realised_volatility_60m': [('n_lt_2', 'true')],
            'volume_imbalance_1m': [('no_aggressor', 'true')],
            'volume_imbalance_15m': [('no_aggressor', 'true')],
            'spread_bps': quote_reasons,
            'book_imbalance_1': quote_reasons + [('no_size', 'spread_bps is not null')],
        }) | indent(8) }} as undefined_metrics,
        opened_at,
        known_at
    from measured
)

select * from final
