with flows as (
    select * from {{ ref('stg_cash_flows') }}
),

accounts as (
    select
        account_id,
        trading_zone
    from {{ ref('dim_account') }}
),

final as (
    select
        f.account_id as account_id,
        {{ local_date('f.moved_at', 'a.trading_zone') }} as day,
        {{ money('sum(' ~ wide('f.amount') ~ ')') }} as cash_flow,
        count(*) as flows
    from flows as f
    inner join accounts as a on f.account_id = a.account_id
    group by f.account_id, {{ local_date('f.moved_at', 'a.trading_zone') }}
)

select * from final
