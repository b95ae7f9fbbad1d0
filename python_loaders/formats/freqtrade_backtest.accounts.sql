/*
kind: json
member: '^(?!.*(_config|market_change|meta|_\d\d-\d\d-\d\d_.*)\.json$)[^/]*\.json$'
json:
  strategy: >-
    MAP(VARCHAR, STRUCT(
      stake_currency VARCHAR, starting_balance VARCHAR, dry_run_wallet VARCHAR,
      backtest_start_ts VARCHAR, backtest_end_ts VARCHAR))
*/
-- one account a strategy: its capital and its run are the backtest's own
with strategies as (
    select unnest(map_entries(strategy)) as entry
    from source
)

select
    entry.key as account_id,
    entry.key as name,
    'backtest' as kind,
    entry.value.stake_currency as base_currency,
    coalesce(entry.value.starting_balance, entry.value.dry_run_wallet) as starting_equity,
    make_timestamp((try_cast(entry.value.backtest_start_ts as double) * 1000)::bigint)::varchar
    || '+00' as started_at,
    make_timestamp((try_cast(entry.value.backtest_end_ts as double) * 1000)::bigint)::varchar
    || '+00' as ended_at,
    'UTC' as trading_zone,
    '365' as periods_per_year,
from strategies
