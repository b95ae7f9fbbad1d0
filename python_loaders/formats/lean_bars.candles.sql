/*
kind: csv
path: '(?P<security_type>[a-z]+)/(?P<lean_market>[a-z0-9]+)/(?P<resolution>second|minute|hour|daily)/(?:(?P<folder>[^/]+)/)?(?:(?P<day>[0-9]{8})_)?(?P<name>[^/_]+?)(?:_(?P<kind>trade|quote))?[.](?:zip|csv)$'
headerless:
  - [bar_time, open, high, low, close, volume]
  - [bar_time, bid_open, bid_high, bid_low, bid_close, bid_size, ask_open, ask_high, ask_low, ask_close, ask_size]
optional: [open, high, low, close, volume, bid_open, bid_high, bid_low, bid_close, ask_open, ask_high, ask_low, ask_close]
*/
-- The data folder of LEAN, `<security type>/<market>/<resolution>/<symbol>.zip`, minutes and seconds in a
-- folder of the symbol with the day in the file's name. Prices of equities are whole ten-thousandths of
-- a dollar. Equities of the USA are in the time of New York, forex and crypto in UTC; other bars need
-- --timezone. A bar of quotes is the mean of bid and ask, as LEAN itself reads it, and has no volume.
with bars as (
    select
        *,
        resolution in ('hour', 'daily') as is_stamped,
        case when folder is null then name else folder end as ticker,
        case when security_type = 'equity' then 0.0001 else 1 end::decimal(5, 4) as scale,
    from source
),

timed as (
    select
        *,
        case
            when is_stamped then try_strptime(bar_time, '%Y%m%d %H:%M')
            when regexp_full_match(bar_time, '[0-9]{1,8}')
                then try_strptime("day", '%Y%m%d') + to_milliseconds(try_cast(bar_time as bigint))
        end as local_time,
    from bars
),

-- as decimals, exactly; what is no number stays NULL here and as it was in `scaled`
priced as (
    select
        *,
        try_cast(open as decimal(26, 8)) * scale as open_price,
        try_cast(high as decimal(26, 8)) * scale as high_price,
        try_cast(low as decimal(26, 8)) * scale as low_price,
        try_cast(close as decimal(26, 8)) * scale as close_price,
        (try_cast(bid_open as decimal(26, 8)) + try_cast(ask_open as decimal(26, 8))) * 0.5::decimal(2, 1) as mid_open,
        (try_cast(bid_high as decimal(26, 8)) + try_cast(ask_high as decimal(26, 8))) * 0.5::decimal(2, 1) as mid_high,
        (try_cast(bid_low as decimal(26, 8)) + try_cast(ask_low as decimal(26, 8))) * 0.5::decimal(2, 1) as mid_low,
        (try_cast(bid_close as decimal(26, 8)) + try_cast(ask_close as decimal(26, 8))) * 0.5::decimal(2, 1) as mid_close,
    from timed
)

select
    security_type as market,
    lean_market as venue,
    upper(ticker) as symbol,
    case resolution
        when 'second' then '1' when 'minute' then '60' when 'hour' then '3600' else '86400'
    end as interval_s,
    case
        when local_time is null then bar_time
        when security_type = 'equity' and lean_market = 'usa'
            then timezone('America/New_York', local_time)::varchar
        when security_type in ('forex', 'crypto') then local_time::varchar || '+00'
        else local_time::varchar
    end as opened_at,
    coalesce(open_price::varchar, mid_open::varchar, open, bid_open, ask_open) as open,
    coalesce(high_price::varchar, mid_high::varchar, high, bid_high, ask_high) as high,
    coalesce(low_price::varchar, mid_low::varchar, low, bid_low, ask_low) as low,
    coalesce(close_price::varchar, mid_close::varchar, close, bid_close, ask_close) as close,
    volume,
from priced
