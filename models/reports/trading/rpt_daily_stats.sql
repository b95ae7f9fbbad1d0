{{
    config(
        materialized='view'
    )
}}

{%- set trades_built = built_batch('agg_trades_daily', 'trades') %}
{%- set accounts_built = built_batch('agg_trades_daily', 'accounts') %}

-- The rollup as it was built, but for the groups that changed since: those are computed anew from
-- the live rows, because a minimum or a maximum cannot be un-merged. What is true of the built
-- part up to its recorded batch stays true when the table is newer than the record.
with account_zones as (
    select
        account_id,
        trading_zone
    from {{ ref('stg_accounts') }}
),

-- both signs: the day that a version left has changed as well
changed_trades as (
    select
        account_id,
        strategy,
        closed_at
    from {{ source('raw_trading', 'trades') }}
    where _batch_seq > {{ trades_built }} and _batch_seq <= {{ last_done_batch('trades') }}
),

-- a changed zone moves trades between days: such an account is computed anew as a whole
changed_accounts as (
    select account_id
    from {{ source('raw_trading', 'accounts') }}
    where _batch_seq > {{ accounts_built }} and _batch_seq <= {{ last_done_batch('accounts') }}
),

-- the empty text is what an unmatched row gives to a reader without join_use_nulls
changed_days as (
    select
        t.account_id as account_id,
        t.strategy as strategy,
        {{ local_date('t.closed_at', "coalesce(nullif(z.trading_zone, ''), 'UTC')") }} as trade_date
    from changed_trades as t
    left join account_zones as z on t.account_id = z.account_id
),

built as (
    select
        d.account_id as account_id,
        d.strategy as strategy,
        d.trade_date as day,
        {{ merge_trade_measures('d') | indent(4) }}
    from {{ ref('agg_trades_daily') }} as d
    where
        d.account_id not in (select account_id from changed_accounts)
        and (d.account_id, d.strategy, d.trade_date) not in (
            select
                account_id,
                strategy,
                trade_date
            from changed_days
        )
    group by d.account_id, d.strategy, d.trade_date
),

recomputed as (
    select
        t.account_id as account_id,
        t.strategy as strategy,
        t.trade_date as day,
        {{ trade_measures('t') | indent(4) }}
    from {{ ref('int_trading__measure_trades') }} as t
    where
        -- by the account first: the log is ordered by it, so without a tail nothing is read
        t.account_id in (
            select account_id from changed_trades
            union all
            select account_id from changed_accounts
        )
        and (
            t.account_id in (select account_id from changed_accounts)
            or (t.account_id, t.strategy, t.trade_date) in (
                select
                    account_id,
                    strategy,
                    trade_date
                from changed_days
            )
        )
    group by t.account_id, t.strategy, t.trade_date
),

final as (
    select * from built
    union all
    select * from recomputed
)

select * from final
