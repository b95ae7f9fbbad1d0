{{
    config(
        materialized='partitioned',
        order_by=['market', 'symbol', 'venue', 'opened_at'],
        partition_by='toYYYYMMDD(opened_at)',
        changes=[{'model': 'fct_quotes'}]
    )
}}

with quotes as (
    select * from {{ ref('fct_quotes') }}
    where {{ in_touched('toYYYYMMDD(ts)') }}
),

minutes as (
    select
        q.market as market,
        q.symbol as symbol,
        q.venue as venue,
        {{ candle_start('q.ts', candle_intervals()['1m']) }} as opened_at,
        count(*) as quotes,
        count(*) filter (where q.book_state = 'crossed') as crossed,
        count(*) filter (where q.book_state = 'locked') as locked,
        count(*) filter (where q.book_state in ('one_sided', 'empty')) as one_sided,
        count(*) filter (where q.is_stale) as stale,
        -- by the price as well, so that equal instants could never depend on the order of rows
        argMinIf(q.mid, (q.ts, q.seq, q.mid), q.mid is not null) as first_mid,
        argMaxIf(q.mid, (q.ts, q.seq, q.mid), q.mid is not null) as last_mid,
        max(q.mid) as high_mid,
        min(q.mid) as low_mid,
        count(q.mid) as two_sided,
        min(q.spread_bps) as min_spread_bps,
        max(q.spread_bps) as max_spread_bps,
        sum({{ wide_ratio('q.spread_bps') }}) as sum_spread_bps,
        sum({{ wide_ratio('q.imbalance_1') }}) as sum_imbalance_1,
        count(q.imbalance_1) as sized
    from quotes as q
    group by q.market, q.symbol, q.venue, {{ candle_start('q.ts', candle_intervals()['1m']) }}
),

final as (
    select
        concat(market, ':', symbol) as symbol_id,
        market,
        symbol,
        venue,
        quotes,
        crossed,
        locked,
        one_sided,
        stale,
        case when two_sided > 0 then first_mid end as first_mid,
        high_mid,
        low_mid,
        case when two_sided > 0 then last_mid end as last_mid,
        {{ ratio('sum_spread_bps', 'two_sided') }} as avg_spread_bps,
        min_spread_bps,
        max_spread_bps,
        {{ ratio('sum_imbalance_1', 'sized') }} as avg_imbalance_1,
        concat(
            case when two_sided = 0 then 'mid=one_sided;spread_bps=one_sided;' else '' end,
            case when sized = 0 then 'imbalance_1=no_size;' else '' end
        ) as undefined_metrics,
        opened_at
    from minutes
)

select * from final
