/*
kind: json_array
*/
-- One array of public trades: objects as ccxt returns them, or the lists that freqtrade keeps of them,
-- [ms, id, type, side, price, amount, cost]. The venue comes with --set, as does the symbol of lists.
with prints as (
    select
        record,
        json_type(record) = 'ARRAY' as is_list,
    from source
),

named as (
    select
        case when is_list then record ->> 0 else record ->> 'timestamp' end as ms,
        case when is_list then record ->> 1 else record ->> 'id' end as trade_ref,
        case when is_list then record ->> 3 else record ->> 'side' end as side,
        case when is_list then record ->> 4 else record ->> 'price' end as price,
        case when is_list then record ->> 5 else record ->> 'amount' end as amount,
        record ->> 'symbol' as symbol,
    from prints
)

select
    symbol,
    'crypto_spot' as market,
    epoch_time(ms, 1000) as ts,
    case when regexp_full_match(trade_ref, '[0-9]{1,19}') then trade_ref end as seq,
    trade_ref,
    price,
    amount as quantity,
    side as aggressor,
from named
