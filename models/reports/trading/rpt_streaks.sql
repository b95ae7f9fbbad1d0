{%- set in_order = 'closed_at, opened_at, trade_id' %}

with windows as (
    select * from {{ ref('int_trading__list_windows') }}
    where "window" = 'all'
),

trades as (
    select
        t.account_id as account_id,
        t.strategy as strategy,
        t.trade_id as trade_id,
        t.outcome as outcome,
        t.net_pnl as net_pnl,
        t.opened_at as opened_at,
        t.closed_at as closed_at
    from {{ ref('fct_trades') }} as t
    inner join windows as w on t.account_id = w.account_id
    where t.trade_date <= w.as_of
),

counted as (
    select
        trades.*,
        strategy as counts_for
    from trades
    union all
    select
        trades.*,
        '*' as counts_for
    from trades
),

-- trades of one outcome without another in between have the same difference
placed as (
    select
        counted.*,
        row_number() over (partition by account_id, counts_for order by {{ in_order }}) as nth,
        row_number() over (partition by account_id, counts_for order by {{ in_order }})
        - row_number() over (partition by account_id, counts_for, outcome order by {{ in_order }})
            as island
    from counted
),

last_trades as (
    select
        account_id,
        counts_for,
        max(nth) as last_nth
    from placed
    group by account_id, counts_for
),

final as (
    select
        p.account_id as account_id,
        p.counts_for as strategy,
        p.outcome as outcome,
        count(*) as trades,
        {{ money('sum(' ~ wide('p.net_pnl') ~ ')') }} as net_pnl,
        {{ arg_min('p.trade_id', ['p.nth']) }} as first_trade_id,
        {{ arg_max('p.trade_id', ['p.nth']) }} as last_trade_id,
        min(p.closed_at) as first_closed_at,
        max(p.closed_at) as last_closed_at,
        cast(max(p.nth) = max(l.last_nth) as boolean) as is_current
    from placed as p
    inner join last_trades as l on p.account_id = l.account_id and p.counts_for = l.counts_for
    where p.outcome != 'break_even'
    group by p.account_id, p.counts_for, p.outcome, p.island
)

select * from final
