with curves as (
    select * from {{ ref('int_trading__list_curve_windows') }}
),

deepest as (
    select
        curves.*,
        {{ list_max({'fall': 'drawdowns_rel'}, 'fall') }} as deepest_rel,
        is_funded and {{ list_min({'fall': 'drawdowns_rel'}, 'fall') }} >= 0 as has_peaks
    from curves
),

-- the first day on which it was as deep
bottomed as (
    select
        deepest.*,
        {{ list_item('days', list_position('drawdowns_rel', 'deepest_rel')) }} as trough_rel
    from deepest
),

-- A peak before the window is the end of the day before it; a recovery after the last day is none.
final as (
    select
        bottomed.*,
        {{ last_peak('trough_abs') }} as peak_abs,
        {{ first_recovery('trough_abs') }} as recovery_abs,
        {{ last_peak('trough_rel') }} as peak_rel,
        {{ first_recovery('trough_rel') }} as recovery_rel
    from bottomed
)

select * from final
