-- Fails when the buckets by hour, weekday or month of an account and strategy do not add up to the
-- trades and the net PnL of agg_trades_daily: a trade in no bucket or in two.
with sums as (
    {% for rollup in ['by_hour', 'by_weekday', 'by_month', 'daily'] %}
        select
            '{{ rollup }}' as rollup_name,
            b.account_id as account_id,
            b.strategy as strategy,
            sum(b.trades) as trades,
            sum({{ wide('b.net_pnl') }}) as net_pnl
        from {{ ref('agg_trades_' ~ rollup) }} as b
        group by b.account_id, b.strategy
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    account_id,
    strategy
from sums
group by account_id, strategy
having count(*) != 4 or min(trades) != max(trades) or min(net_pnl) != max(net_pnl)
