-- Fails when a curve does not hold every trade of its account or strategy up to the as-of date,
-- or ends at another profit than the sum of its days: a day missing from the calendar, doubled,
-- or lost to a session calendar.
with curves as (
    select
        c.account_id as account_id,
        c.strategy as strategy,
        sum({{ wide('c.net_pnl') }}) as net_pnl,
        sum({{ wide('c.cash_flow') }}) as cash_flow,
        {{ arg_max('c.cumulative_pnl', ['c.day']) }} as last_cumulative_pnl
    from {{ ref('rpt_equity_curve') }} as c
    group by c.account_id, c.strategy
),

movements as (
    select
        d.account_id as account_id,
        d.strategy as strategy,
        d.trade_date as day,
        {{ wide('d.net_pnl') }} as net_pnl,
        {{ wide('0') }} as cash_flow
    from {{ ref('agg_trades_daily') }} as d
    union all
    select
        d.account_id as account_id,
        '*' as strategy,
        d.trade_date as day,
        {{ wide('d.net_pnl') }} as net_pnl,
        {{ wide('0') }} as cash_flow
    from {{ ref('agg_trades_daily') }} as d
    union all
    select
        f.account_id as account_id,
        '*' as strategy,
        {{ local_date('f.moved_at', 'a.trading_zone') }} as day,
        {{ wide('0') }} as net_pnl,
        {{ wide('f.amount') }} as cash_flow
    from {{ ref('stg_cash_flows') }} as f
    inner join {{ ref('dim_account') }} as a on f.account_id = a.account_id
),

expected as (
    select
        m.account_id as account_id,
        m.strategy as strategy,
        sum(m.net_pnl) as net_pnl,
        sum(m.cash_flow) as cash_flow
    from movements as m
    {% if var('as_of', '') %}
        where m.day <= cast('{{ var("as_of") }}' as date)
    {% endif %}
    group by m.account_id, m.strategy
)

select
    expected.account_id as account_id,
    expected.strategy as strategy,
    expected.net_pnl as expected_net_pnl,
    curves.net_pnl as actual_net_pnl
from expected
left join curves
    on expected.account_id = curves.account_id and expected.strategy = curves.strategy
where
    curves.account_id is null
    or expected.net_pnl != curves.net_pnl
    or expected.cash_flow != curves.cash_flow
    or expected.net_pnl != curves.last_cumulative_pnl
