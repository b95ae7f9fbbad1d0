/*
kind: csv
requires: [Size, EntryPrice, ExitPrice, PnL, ReturnPct, EntryTime, ExitTime]
optional: [EntryBar, ExitBar, SL, TP, Commission, Duration, Tag]
allows: '(Entry|Exit)_.*|unnamed'
timezone: UTC
*/
-- The trades table of backtesting.py has no id, account or symbol: the id is the ordinal, the rest
-- comes with --set. Its bars are naive and mostly daily: UTC unless --timezone says otherwise.
select
    lpad((row_number() over ())::varchar, 6, '0') as trade_id,
    'backtest' as market,
    'backtesting_py' as strategy,
    'USD' as quote_currency,
    case when Size like '-%' then 'short' else 'long' end as side,
    ltrim(Size, '-') as quantity,
    EntryPrice as entry_price,
    ExitPrice as exit_price,
    Commission as exit_fee,
    SL as stop_price,
    TP as target_price,
    EntryTime as opened_at,
    ExitTime as closed_at,
    Tag as entry_reason,
    PnL as reported_pnl,
    ReturnPct as reported_return,
from source
