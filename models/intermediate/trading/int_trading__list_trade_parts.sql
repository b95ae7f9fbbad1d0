{{
    config(
        materialized='table',
        order_by=['account_id', 'strategy', 'window', 'month']
    )
}}

with windows as (
    select
        w.*,
        cast(date_trunc('month', w.first_day) as date) as first_month,
        cast(date_trunc('month', w.as_of) as date) as last_month
    from {{ ref('int_trading__list_windows') }} as w
),

-- of the months at its ends a window may hold some days only: those are summed anew
whole_months as (
    select
        w."window" as "window",
        m.*
    from {{ ref('int_trading__sum_trade_months') }} as m
    inner join windows as w on m.account_id = w.account_id
    where m.month > w.first_month and m.month < w.last_month
),

end_trades as (
    select
        w."window" as "window",
        cast(date_trunc('month', t.trade_date) as date) as month,
        t.*
    from {{ ref('fct_trades') }} as t
    inner join windows as w on t.account_id = w.account_id
    where
        t.trade_date >= w.first_day
        and t.trade_date <= w.as_of
        and date_trunc('month', t.trade_date) in (w.first_month, w.last_month)
        -- the same for all accounts, so that the engine reads these months alone
        and date_trunc('month', t.trade_date) in (
            select first_month from windows
            union distinct
            select last_month from windows
        )
),

end_months as (
    {{ measure_trade_parts('end_trades', ['"window"', 'month']) | indent(4) }}
),

final as (
    {%- for parts in ['whole_months', 'end_months'] %}
        select
            account_id,
            strategy,
            "window",
            month,
            {{ trade_part_columns() | join(',\n            ') }}
        from {{ parts }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
