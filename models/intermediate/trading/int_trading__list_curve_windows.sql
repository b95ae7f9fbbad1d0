{%- set own = [
    '"window"', 'first_day', 'as_of', 'periods_per_year', 'is_funded', 'daily_risk_free',
    'daily_acceptable',
] %}

with curves as (
    select * from {{ ref('rpt_equity_curve') }}
),

windows as (
    select * from {{ ref('int_trading__list_windows') }}
),

marked as (
    select
        curves.*,
        case when drawdown_abs = 0 then day end as peak_day
    from curves
),

-- All time is what the curve itself says; what has no capital is 0 in the lists, -1 as a fall.
whole as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        {{ list_agg('c.day', ['c.day']) }} as days,
        {{ list_agg('coalesce(c.daily_return, 0)', ['c.day']) }} as returns,
        {{ list_agg('coalesce(c.drawdown_rel, -1)', ['c.day']) }} as drawdowns_rel,
        {{ list_agg('c.peak_day', ['c.peak_day']) }} as peak_days,
        max(c.drawdown_abs) as deepest_abs,
        {{ arg_min('c.day', ['-c.drawdown_abs', 'c.day']) }} as trough_abs,
        count(c.daily_return) = count(*) as has_all_returns
    from marked as c
    group by c.account_id, c.strategy
),

-- Shorter windows have peaks of their own.
recent as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        {{ list_agg('c.day', ['c.day']) }} as all_days,
        {{ list_agg('-c.net_pnl', ['c.day']) }} as all_losses,
        {{ list_agg(num('coalesce(c.equity, 0)'), ['c.day']) }} as all_equity,
        {{ list_agg('coalesce(c.daily_return, 0)', ['c.day']) }} as all_returns,
        max(case when c.daily_return is null then c.day end) as last_unfunded_day
    from curves as c
    where c.day >= (select min(first_day) from windows where "window" <> 'all')
    group by c.account_id, c.strategy
),

placed as (
    select
        r.*,
        {%- for column in own %}
            w.{{ column }} as {{ column }},
        {%- endfor %}
        1 + {{ list_sum({'d': 'r.all_days'}, 'case when d < w.first_day then 1 else 0 end') }}
            as first_position
    from recent as r
    inner join windows as w on r.account_id = w.account_id
    where w."window" <> 'all'
),

cut as (
    select
        placed.*,
        {{ list_part('all_days', 'first_position') }} as days,
        {{ list_part('all_losses', 'first_position') }} as losses,
        {{ list_part('all_equity', 'first_position') }} as equity,
        {{ list_part('all_returns', 'first_position') }} as returns
    from placed
),

-- The peak is of the profit since the window began, so it starts at the equity before it.
fallen as (
    select
        cut.*,
        {{ list_running_excess({'loss': 'losses'}, 'loss') }} as drawdowns_abs
    from cut
),

deepest as (
    select
        fallen.*,
        {{ list_map({'fall': 'drawdowns_abs'}, num('fall')) }} as falls,
        {{ list_max({'fall': 'drawdowns_abs'}, 'fall') }} as deepest_abs
    from fallen
),

final as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        {%- for column in own %}
            w.{{ column }} as {{ column }},
        {%- endfor %}
        w.is_funded and c.has_all_returns as has_returns,
        c.days as days,
        c.returns as returns,
        c.drawdowns_rel as drawdowns_rel,
        c.peak_days as peak_days,
        c.deepest_abs as deepest_abs,
        c.trough_abs as trough_abs
    from whole as c
    inner join windows as w on c.account_id = w.account_id
    where w."window" = 'all'
    union all
    select
        account_id,
        strategy,
        {%- for column in own %}
            {{ column }},
        {%- endfor %}
        is_funded and coalesce(last_unfunded_day < first_day, true) as has_returns,
        days,
        returns,
        -- a peak of 0 or less is no measure of a fall: -1 stands for none
        {{ list_map(
            {'fall': 'falls', 'e': 'equity'},
            'case when e + fall > 0 then fall / (e + fall) else -1 end'
        ) }} as drawdowns_rel,
        {{ list_filter({'d': 'days', 'fall': 'falls'}, 'fall = 0') }} as peak_days,
        deepest_abs,
        -- the first day on which it was as deep
        {{ list_item('days', list_position('drawdowns_abs', 'deepest_abs')) }} as trough_abs
    from deepest
)

select * from final
