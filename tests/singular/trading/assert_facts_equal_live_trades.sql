-- Fails when an account has other trades or another gross profit in fct_trades than among the
-- rows of the change log whose signs leave one: a version counted twice, lost or not retracted.
-- Computed without staging, and in another way.
with versions as (
    select
        account_id,
        trade_id,
        _row_hash,
        toYYYYMM(closed_at) as month,
        any(
            (toDecimal256(exit_price, 12) - toDecimal256(entry_price, 12))
            * toDecimal256(quantity, 12)
            * toDecimal256(contract_size, 12)
            * if(side = 'short', -1, 1)
        ) as gross
    from {{ source('raw_trading', 'trades') }}
    where _batch_seq <= {{ last_done_batch('trades') }}
    group by account_id, trade_id, _row_hash, month
    having sum(_sign) > 0
),

expected as (
    select
        account_id,
        count(*) as trades,
        sum({{ money('gross') }}) as gross_pnl
    from versions
    group by account_id
),

actual as (
    select
        f.account_id as account_id,
        count(*) as trades,
        sum(f.gross_pnl) as gross_pnl
    from {{ ref('fct_trades') }} as f
    group by f.account_id
)

select
    expected.account_id as expected_account_id,
    actual.account_id as actual_account_id,
    expected.trades as expected_trades,
    actual.trades as actual_trades,
    expected.gross_pnl as expected_gross_pnl,
    actual.gross_pnl as actual_gross_pnl
from expected
full outer join actual on expected.account_id = actual.account_id
where
    expected.account_id is null
    or actual.account_id is null
    or expected.trades != actual.trades
    or expected.gross_pnl != actual.gross_pnl
