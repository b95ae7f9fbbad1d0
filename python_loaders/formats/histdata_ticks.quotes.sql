/*
kind: csv
headerless:
  - [time, bid, ask, volume]
*/
-- `20200101 170000065,bid,ask,0`: no header, and a time without a zone, which --timezone must state. Symbol
-- and venue come with --set.
select
    'forex' as market,
    case
        when regexp_full_match(time, '[0-9]{8} [0-9]{9}')
            then substr(time, 1, 4) || '-' || substr(time, 5, 2) || '-' || substr(time, 7, 2) || ' '
                || substr(time, 10, 2) || ':' || substr(time, 12, 2) || ':' || substr(time, 14, 2)
                || '.' || substr(time, 16, 3)
        else time
    end as ts,
    case when try_cast(bid as double) = 0 then null else bid end as bid_price,
    case when try_cast(ask as double) = 0 then null else ask end as ask_price,
from source
