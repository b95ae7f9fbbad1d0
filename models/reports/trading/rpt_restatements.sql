{{
    config(
        materialized='partitioned',
        order_by=['account_id', 'trade_date', 'batch_seq'],
        partition_by='toYYYYMM(trade_date)',
        changes=[{'model': 'fct_trade_versions'}]
    )
}}

with versions as (
    select * from {{ ref('fct_trade_versions') }}
    where {{ in_touched('toYYYYMM(trade_date)') }}
),

-- what each batch put into a day, and what it took out
changes as (
    select
        account_id,
        trade_date,
        valid_from_batch as batch_seq,
        known_from as restated_at,
        1 as added,
        0 as corrected,
        0 as deleted,
        {{ wide('net_pnl') }} as change
    from versions
    union all
    select
        account_id,
        trade_date,
        coalesce(valid_to_batch, 0) as batch_seq,
        coalesce(known_to, known_from) as restated_at,
        0 as added,
        case when ended_by = 'correction' then 1 else 0 end as corrected,
        case when ended_by = 'deletion' then 1 else 0 end as deleted,
        -{{ wide('net_pnl') }} as change
    from versions
    where valid_to_batch is not null
),

days as (
    select
        c.account_id as account_id,
        c.trade_date as trade_date,
        c.batch_seq as batch_seq,
        max(c.restated_at) as restated_at,
        sum(c.added) as added,
        sum(c.corrected) as corrected,
        sum(c.deleted) as deleted,
        sum(c.change) as change
    from changes as c
    group by c.account_id, c.trade_date, c.batch_seq
),

known as (
    select
        days.*,
        row_number() over day_so_far as nth_batch,
        sum(added - corrected - deleted) over day_so_far as trades_then,
        sum(change) over day_so_far as pnl_then
    from days
    window
        day_so_far as (
            partition by account_id, trade_date order by batch_seq
            rows between unbounded preceding and current row
        )
),

final as (
    select
        account_id,
        trade_date,
        batch_seq,
        restated_at,
        added as versions_added,
        corrected as versions_corrected,
        deleted as versions_deleted,
        trades_then - (added - corrected - deleted) as trades_before,
        trades_then as trades_after,
        {{ money('pnl_then - change') }} as net_pnl_before,
        {{ money('pnl_then') }} as net_pnl_after,
        {{ money('change') }} as net_pnl_change
    from known
    -- the first batch of a day reports it, and restates nothing
    where nth_batch > 1
)

select * from final
