/*
kind: csv
headerless:
  - [time, price, volume]
*/
-- The downloadable history: seconds, price, volume; no header, no id, no side. Prints alike are real:
-- a large order meets several of the same size. Their order within a second is not known.
select
    'crypto_spot' as market,
    'kraken' as venue,
    case
        when regexp_full_match(time, '[0-9]{1,11}(\.[0-9]{1,6})?')
            then epoch_time(split_part(time, '.', 1) || rpad(split_part(time, '.', 2), 6, '0'), 1000000)
        else time
    end as ts,
    price,
    volume as quantity,
from source
