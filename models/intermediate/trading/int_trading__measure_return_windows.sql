{{
    config(
        materialized='table',
        order_by=['account_id', 'strategy', 'window'],
        query_settings={
            'max_partitions_per_insert_block': 0,
            'optimize_aggregation_in_order': 1,
            'aggregation_in_order_max_block_bytes': 10000000
        }
    )
}}

with curves as (
    select * from {{ ref('int_trading__measure_drawdown_windows') }}
),

sums as (
    select
        curves.*,
        {{ list_sum({'r': 'returns'}, '1') }} as n_days,
        {{ list_sum({'p': 'pnl'}, 'p') }} as net_pnl,
        {{ list_min({'r': 'returns'}, 'r') }} as worst_return,
        {{ list_max({'r': 'returns'}, 'r') }} as best_return,
        {{ list_sum({'r': 'returns'}, 'r') }} / {{ num(list_sum({'r': 'returns'}, '1')) }}
            as mean_return,
        {{ list_product({'r': 'returns'}, '1 + r') }} as growth,
        {{ list_sum({'r': 'returns'}, 'case when r > 0 then r else 0 end') }} as sum_gains,
        {{ list_sum({'r': 'returns'}, 'case when r < 0 then r else 0 end') }} as sum_falls,
        {{ list_sum(
            {'r': 'returns'},
            'case when r < daily_acceptable'
            ~ ' then (r - daily_acceptable) * (r - daily_acceptable) else 0 end'
        ) }} as sum_squared_shortfalls,
        {{ list_sum({'fall': 'drawdowns_rel'}, 'fall * fall') }} as sum_squared_drawdowns,
        {{ list_quantile('returns', 0.05) }} as percentile_5,
        {{ list_quantile('returns', 0.95) }} as percentile_95
    from curves
),

means as (
    select
        sums.*,
        {{ list_sum({'r': 'returns'}, 'case when r <= percentile_5 then r else 0 end') }}
        / {{ list_sum({'r': 'returns'}, 'case when r <= percentile_5 then 1 else 0 end') }}
            as mean_of_tail
    from sums
),

-- equal returns deviate by nothing, not by what the mean was rounded by
deviations as (
    select
        means.*,
        case
            when best_return = worst_return then 0
            else sqrt(
                {{ list_sum({'r': 'returns'}, '(r - mean_return) * (r - mean_return)') }}
                / greatest(n_days - 1, 1)
            )
        end as deviation
    from means
),

scaled as (
    select
        deviations.*,
        {{ list_map(
            {'r': 'returns'},
            'case when deviation > 0 then (r - mean_return) / deviation else 0 end'
        ) }} as scores
    from deviations
),

final as (
    select
        account_id,
        strategy,
        "window",
        first_day,
        as_of,
        periods_per_year,
        daily_risk_free,
        daily_acceptable,
        n_days,
        has_returns,
        has_peaks,
        net_pnl,
        mean_return,
        deviation,
        {{ list_sum({'z': 'scores'}, 'z * z * z') }} as sum_cubed_scores,
        {{ list_sum({'z': 'scores'}, 'z * z * z * z') }} as sum_fourth_scores,
        sum_squared_shortfalls,
        sum_squared_drawdowns,
        sum_gains,
        sum_falls,
        worst_return,
        best_return,
        growth,
        percentile_5,
        percentile_95,
        mean_of_tail,
        deepest_abs,
        peak_abs,
        trough_abs,
        recovery_abs,
        deepest_rel,
        peak_rel,
        trough_rel,
        recovery_rel
    from scaled
)

select * from final
