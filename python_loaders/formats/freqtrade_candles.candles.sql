/*
kind: feather
also: [parquet]
requires: [date, open, high, low, close, volume]
path: '(?:^|/)(?P<base>[^/_]+)_(?P<quote>[^/_]+?)(?:_(?P<settlement>[^/_]+))?-(?P<count>[0-9]+)(?P<unit>[smhdw])(?:-(?P<kind>futures|mark|index))?[.](?:feather|parquet)$'
*/
-- The candles that freqtrade keeps, `<base>_<quote>-<interval>.feather`; those of futures name what they
-- are of. Mark and index prices are series of their own, without a volume. The venue comes with --set.
select
    case
        when kind = 'mark' then 'crypto_mark'
        when kind = 'index' then 'crypto_index'
        when kind = 'futures' or settlement is not null then 'crypto_futures'
        else 'crypto_spot'
    end as market,
    base || '/' || quote || coalesce(':' || settlement, '') as symbol,
    (
        try_cast(count as bigint)
        * case unit when 's' then 1 when 'm' then 60 when 'h' then 3600 when 'd' then 86400 else 604800 end
    )::varchar as interval_s,
    date as opened_at,
    open,
    high,
    low,
    close,
    -- a data frame's way to say that there is none
    case when volume <> 'nan' then volume end as volume,
from source
