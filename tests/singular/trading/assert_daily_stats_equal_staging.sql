-- Fails when rpt_daily_stats differs from a recomputation from the live trades, in either
-- direction: a group that a later batch touched was merged instead of computed anew, or is missing.
-- True right after a build, and at any moment between two builds.
with expected as (
    select
        t.account_id as account_id,
        t.strategy as strategy,
        t.trade_date as day,
        {{ trade_measures('t') | indent(4) }}
    from {{ ref('int_trading__measure_trades') }} as t
    group by t.account_id, t.strategy, t.trade_date
),

actual as (
    select * from {{ ref('rpt_daily_stats') }}
),

missing as (
    select * from expected
    except
    select * from actual
),

extra as (
    select * from actual
    except
    select * from expected
)

select
    'missing' as difference,
    missing.*
from missing
union all
select
    'extra' as difference,
    extra.*
from extra
