-- A row: a symbol, venue and currency of which the hours do not add up to the facts. The rollup
-- lost or doubled prices, or its sums, extremes or ends are wrong.
with hours as (
    select
        symbol_id,
        venue,
        currency,
        sum(samples) as samples,
        sum({{ wide('price_sum') }}) as price_sum,
        sum(liquidity_samples) as liquidity_samples,
        sum(liquidity_sum) as liquidity_sum,
        min(min_price) as min_price,
        max(max_price) as max_price,
        {{ arg_min('first_price', ['first_snapshot_at']) }} as first_price,
        {{ arg_max('last_price', ['last_snapshot_at']) }} as last_price,
        count(*) filter (
            where
            first_snapshot_at < hour_start
            or last_snapshot_at >= hour_start + interval '1 hour'
        ) as hours_outside
    from {{ ref('agg_prices_hourly') }}
    group by symbol_id, venue, currency
),

facts as (
    select
        symbol_id,
        venue,
        currency,
        count(*) as samples,
        sum({{ wide('price') }}) as price_sum,
        count(liquidity_score) as liquidity_samples,
        coalesce(sum(liquidity_score), 0) as liquidity_sum,
        min(price) as min_price,
        max(price) as max_price,
        {{ arg_min('price', ['snapshot_at']) }} as first_price,
        {{ arg_max('price', ['snapshot_at']) }} as last_price
    from {{ ref('fct_price_snapshots') }}
    group by symbol_id, venue, currency
)

select
    coalesce(hours.symbol_id, facts.symbol_id) as symbol_id,
    coalesce(hours.venue, facts.venue) as venue,
    coalesce(hours.currency, facts.currency) as currency,
    hours.samples as samples_of_hours,
    facts.samples as samples_of_facts
from hours
full outer join facts
    on
        hours.symbol_id = facts.symbol_id
        and hours.venue = facts.venue
        and hours.currency = facts.currency
where
    hours.samples is null
    or facts.samples is null
    or hours.samples <> facts.samples
    or hours.price_sum <> facts.price_sum
    or hours.liquidity_samples <> facts.liquidity_samples
    or hours.liquidity_sum <> facts.liquidity_sum
    or hours.min_price <> facts.min_price
    or hours.max_price <> facts.max_price
    or hours.first_price <> facts.first_price
    or hours.last_price <> facts.last_price
    or hours.hours_outside > 0
