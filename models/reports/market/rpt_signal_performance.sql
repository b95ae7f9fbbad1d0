{{
    config(
        materialized='view'
    )
}}

with returns as (
    select
        r.*,
        least(floor(r.confidence * 10), 9) / 10 as bucket
    from {{ ref('rpt_signal_returns') }} as r
),

final as (
    select
        strategy,
        bucket as confidence_from,
        horizon_s,
        count(*) as signals,
        count(signal_return) as evaluated,
        countIf(coalesce(is_hit, false)) as hits,
        {{ ratio('countIf(coalesce(is_hit, false))', 'count(signal_return)') }} as hit_rate,
        {{ ratio('sum(' ~ wide_ratio('signal_return') ~ ')', 'count(signal_return)') }}
            as avg_return,
        case
            when count(signal_return) = 0 then 'hit_rate=no_returns;avg_return=no_returns;' else ''
        end as undefined_metrics
    from returns
    group by strategy, bucket, horizon_s
)

select * from final
