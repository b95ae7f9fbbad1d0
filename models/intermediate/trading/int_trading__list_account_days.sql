{%- set as_of = var('as_of', '') %}

with accounts as (
    select * from {{ ref('dim_account') }}
),

days as (
    select
        day,
        is_exchange_session
    from {{ ref('dim_day') }}
),

active_days as (
    select
        account_id,
        trade_date as day
    from {{ ref('agg_trades_daily') }}
    union all
    select
        account_id,
        day
    from {{ ref('int_trading__sum_cash_flows') }}
    union all
    select
        account_id,
        {{ local_date('started_at', 'trading_zone') }} as day
    from accounts
),

-- The first day is the start, or earlier where money moved before the stated start: the curve
-- must hold every trade.
spans as (
    select
        account_id,
        min(day) as first_day,
        {% if as_of -%}
            cast('{{ as_of }}' as date) as last_day
        {%- else -%}
            max(day) as last_day
        {%- endif %}
    from active_days
    group by account_id
),

capital as (
    select
        a.account_id as account_id,
        a.starting_equity as starting_equity,
        a.periods_per_year as periods_per_year,
        s.first_day as first_day,
        s.last_day as last_day
    from accounts as a
    inner join spans as s on a.account_id = s.account_id
),

final as (
    select
        c.account_id as account_id,
        d.day as day,
        c.starting_equity as starting_equity
    from capital as c
    cross join days as d
    where
        d.day >= c.first_day
        and d.day <= c.last_day
        and (
            c.periods_per_year != 252
            or d.is_exchange_session
            -- money that moved on a day without a session keeps its day
            or (c.account_id, d.day) in (
                select
                    account_id,
                    trade_date
                from {{ ref('agg_trades_daily') }}
            )
            or (c.account_id, d.day) in (
                select
                    account_id,
                    day
                from {{ ref('int_trading__sum_cash_flows') }}
            )
        )
)

select * from final
