{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set account_id = view_parameter('account_id', 'String') %}
{%- set days = view_parameter('days', 'UInt16') %}

with traded as (
    select
        d.strategy as strategy,
        d.trade_date as day,
        sum(d.trades) as trades,
        sum(d.wins) as wins,
        sum(d.losses) as losses
    from {{ ref('agg_trades_daily') }} as d
    where d.account_id = {{ account_id }}
    group by d.strategy, d.trade_date
),

-- of every day on which the strategy traded, the days before it that count
rolling as (
    select
        t.strategy as strategy,
        t.day as day,
        sum(p.trades) as trades,
        sum(p.wins) as wins,
        sum(p.losses) as losses
    from traded as t
    inner join traded as p on t.strategy = p.strategy
    where p.day <= t.day and t.day - p.day < {{ days }}
    group by t.strategy, t.day
),

final as (
    select
        r.strategy as strategy,
        r.day as day,
        r.trades as trades,
        r.wins as wins,
        r.losses as losses,
        {{ win_rate_all('r') }} as win_rate_all,
        {{ win_rate_decided('r') }} as win_rate_decided
    from rolling as r
)

select * from final
