{{
    config(
        materialized='table',
        order_by=['account_id', 'strategy', 'window'],
        query_settings={
            'max_partitions_per_insert_block': 0,
            'optimize_aggregation_in_order': 1,
            'aggregation_in_order_max_block_bytes': 2000000
        }
    )
}}

with curves as (
    select * from {{ ref('int_trading__measure_drawdown_windows') }}
),

-- one sort serves both percentiles and the tail
sums as (
    select
        curves.*,
        {{ list_length('returns') }} as n_days,
        {{ list_sort('returns') }} as rising,
        {{ list_sum({'r': 'returns'}, 'r') }} / {{ num(list_length('returns')) }}
            as mean_return,
        {{ list_product({'r': 'returns'}, '1 + r') }} as growth,
        {{ list_sum({'r': 'returns'}, 'case when r > 0 then r else 0 end') }} as sum_gains,
        {{ list_sum({'r': 'returns'}, 'case when r < 0 then r else 0 end') }} as sum_falls,
        {{ list_map({'r': 'returns'}, 'least(r - daily_acceptable, ' ~ num('0') ~ ')') }}
            as shortfalls,
        {{ list_sum({'fall': 'drawdowns_rel'}, 'fall * fall') }} as sum_squared_drawdowns
    from curves
),

ranked as (
    select
        sums.*,
        {{ list_item('rising', '1') }} as worst_return,
        {{ list_item('rising', 'n_days') }} as best_return,
        {{ list_quantile('rising', 'n_days', 0.05) }} as percentile_5,
        {{ list_quantile('rising', 'n_days', 0.95) }} as percentile_95,
        {{ list_map({'r': 'returns'}, 'r - mean_return') }} as deviations
    from sums
),

-- equal returns deviate by nothing, not by what the mean was rounded by
deviated as (
    select
        ranked.*,
        {{ list_sum({'r': 'rising'}, 'case when r <= percentile_5 then 1 else 0 end') }}
            as tail_days,
        case
            when best_return = worst_return then 0
            else sqrt({{ list_sum({'d': 'deviations'}, 'd * d') }} / greatest(n_days - 1, 1))
        end as deviation
    from ranked
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
        mean_return,
        deviation,
        case
            when deviation > 0
                then {{ list_sum({'d': 'deviations'}, 'd * d * d') }} / pow(deviation, 3)
            else 0
        end as sum_cubed_scores,
        case
            when deviation > 0
                then {{ list_sum({'d': 'deviations'}, 'd * d * d * d') }} / pow(deviation, 4)
            else 0
        end as sum_fourth_scores,
        {{ list_sum({'s': 'shortfalls'}, 's * s') }} as sum_squared_shortfalls,
        sum_squared_drawdowns,
        sum_gains,
        sum_falls,
        worst_return,
        best_return,
        growth,
        percentile_5,
        percentile_95,
        {{ list_sum({'r': list_part('rising', '1', 'tail_days')}, 'r') }} / tail_days
            as mean_of_tail,
        deepest_abs,
        peak_abs,
        trough_abs,
        recovery_abs,
        deepest_rel,
        peak_rel,
        trough_rel,
        recovery_rel
    from deviated
)

select * from final
