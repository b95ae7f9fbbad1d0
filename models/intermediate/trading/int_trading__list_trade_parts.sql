with windows as (
    select * from {{ ref('int_trading__list_windows') }}
),

months as (
    select * from {{ ref('int_trading__sum_trade_months') }}
),

-- the months of each window; one that has trades beyond its ends is cut
window_months as (
    select
        m.account_id as account_id,
        w."window" as "window",
        m.month as month,
        w.first_day as first_day,
        w.as_of as as_of,
        m.first_date >= w.first_day and m.last_date <= w.as_of as is_whole
    from months as m
    inner join windows as w on m.account_id = w.account_id
    where m.strategy = '*' and m.last_date >= w.first_day and m.first_date <= w.as_of
),

whole_months as (
    select
        w."window" as "window",
        m.*
    from months as m
    inner join window_months as w on m.account_id = w.account_id and m.month = w.month
    where w.is_whole
),

cut_trades as (
    select
        w."window" as "window",
        w.month as month,
        t.*
    from {{ ref('fct_trades') }} as t
    inner join window_months as w
        on
            t.account_id = w.account_id
            and cast(date_trunc('month', t.trade_date) as date) = w.month
    where
        not w.is_whole
        and t.trade_date >= w.first_day
        and t.trade_date <= w.as_of
        -- the same for all accounts, so that the engine reads these months alone
        and cast(date_trunc('month', t.trade_date) as date) in (
            select month from window_months
            where not is_whole
        )
),

cut_months as (
    {{ measure_trade_parts('cut_trades', ['"window"', 'month']) | indent(4) }}
),

final as (
    {%- for parts in ['whole_months', 'cut_months'] %}
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
