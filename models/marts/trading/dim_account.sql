{{
    config(
        order_by='account_id'
    )
}}

with accounts as (
    select * from {{ ref('stg_accounts') }}
),

activity as (
    select
        account_id,
        first_opened_at as active_at
    from {{ ref('agg_trade_activity_monthly') }}
    union all
    select
        account_id,
        moved_at as active_at
    from {{ ref('stg_cash_flows') }}
),

known as (
    select
        account_id,
        account_name,
        account_kind,
        base_currency,
        trading_zone,
        false as is_inferred,
        starting_equity,
        periods_per_year,
        started_at,
        ended_at
    from accounts
),

unknown as (
    select
        account_id,
        min(active_at) as first_active_at
    from activity
    where account_id not in (select account_id from accounts)
    group by account_id
),

final as (
    select * from known
    union all
    select
        account_id,
        '' as account_name,
        'unknown' as account_kind,
        '' as base_currency,
        'UTC' as trading_zone,
        true as is_inferred,
        null as starting_equity,
        365 as periods_per_year,
        first_active_at as started_at,
        null as ended_at
    from unknown
)

select * from final
