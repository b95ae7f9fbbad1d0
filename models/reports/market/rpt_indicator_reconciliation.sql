{{
    config(
        materialized='view'
    )
}}

with persisted as (
    select
        v.session_id as session_id,
        v.market as market,
        v.symbol as symbol,
        v.indicator_id as indicator_id,
        p.column_name as column_name,
        coalesce(v.interval_s, 0) as interval_s,
        v.ts as ts,
        v.value as value
    from {{ ref('fct_indicator_values') }} as v
    inner join {{ ref('indicator_parameters') }} as p on v.indicator_id = p.indicator_id
),

recomputed as (
    select
        interval_s,
        market,
        symbol,
        venue,
        origin,
        opened_at,
        arrayJoin({{ indicator_pairs() }}) as pair
    from {{ ref('fct_indicators') }}
    where symbol in (select persisted.symbol from persisted)
),

-- a value whose source names no market is compared with every market of its symbol
paired as (
    select
        p.session_id as session_id,
        p.symbol as symbol,
        p.indicator_id as indicator_id,
        p.interval_s as interval_s,
        r.market as market,
        r.venue as venue,
        r.origin as origin,
        p.ts as ts,
        abs(p.value - tupleElement(r.pair, 2)) as difference,
        abs(p.value - tupleElement(r.pair, 2))
        / nullif(greatest(abs(p.value), abs(tupleElement(r.pair, 2))), 0) as relative
    from persisted as p
    inner join recomputed as r
        on
            p.symbol = r.symbol
            and p.interval_s = r.interval_s
            and p.ts = r.opened_at
            and p.column_name = tupleElement(r.pair, 1)
    where p.market in ('', r.market) and tupleElement(r.pair, 2) is not null
),

counted as (
    select
        session_id,
        symbol,
        indicator_id,
        interval_s,
        count(*) as persisted_values
    from persisted
    group by session_id, symbol, indicator_id, interval_s
),

compared as (
    select
        session_id,
        symbol,
        indicator_id,
        interval_s,
        market,
        venue,
        origin,
        count(*) as compared_values,
        max(difference) as max_difference,
        max(coalesce(relative, 0)) as max_relative_difference,
        countIf(coalesce(relative, 0) > {{ var('indicator_tolerance') }}) as differing_values,
        minIf(ts, coalesce(relative, 0) > {{ var('indicator_tolerance') }}) as first_differing
    from paired
    group by session_id, symbol, indicator_id, interval_s, market, venue, origin
),

-- the series that was compared, and those with which nothing could be: no outer join, which would
-- depend on the settings of the reader
final as (
    select
        c.session_id as session_id,
        c.symbol as symbol,
        c.indicator_id as indicator_id,
        c.interval_s as interval_s,
        toString(c.market) as market,
        toString(c.venue) as venue,
        c.origin as origin,
        case when c.differing_values = 0 then 'equal' else 'differs' end as verdict,
        n.persisted_values as persisted_values,
        c.compared_values as compared_values,
        c.differing_values as differing_values,
        toNullable(c.max_difference) as max_difference,
        toNullable(c.max_relative_difference) as max_relative_difference,
        case when c.differing_values > 0 then c.first_differing end as first_differing_at
    from compared as c
    inner join counted as n
        on
            c.session_id = n.session_id
            and c.symbol = n.symbol
            and c.indicator_id = n.indicator_id
            and c.interval_s = n.interval_s
    union all
    select
        n.session_id,
        n.symbol,
        n.indicator_id,
        n.interval_s,
        '' as market,
        '' as venue,
        '' as origin,
        'not_computed' as verdict,
        n.persisted_values,
        0 as compared_values,
        0 as differing_values,
        null as max_difference,
        null as max_relative_difference,
        null as first_differing_at
    from counted as n
    where
        (n.session_id, n.symbol, n.indicator_id, n.interval_s) not in (
            select
                compared.session_id,
                compared.symbol,
                compared.indicator_id,
                compared.interval_s
            from compared
        )
)

select * from final
