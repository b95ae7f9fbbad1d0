/*
kind: json
member: '^(?!.*(_config|market_change|meta|_\d\d-\d\d-\d\d_.*)\.json$)[^/]*\.json$'
carries: [accounts]
json:
  strategy: >-
    MAP(VARCHAR, STRUCT(
      stake_currency VARCHAR, trading_mode VARCHAR,
      trades STRUCT(
        pair VARCHAR, is_short VARCHAR, leverage VARCHAR, amount VARCHAR,
        open_rate VARCHAR, close_rate VARCHAR, fee_open VARCHAR, fee_close VARCHAR,
        funding_fees VARCHAR, profit_abs VARCHAR, profit_ratio VARCHAR,
        open_date VARCHAR, close_date VARCHAR, open_timestamp VARCHAR, close_timestamp VARCHAR,
        initial_stop_loss_abs VARCHAR, min_rate VARCHAR, max_rate VARCHAR,
        enter_tag VARCHAR, buy_tag VARCHAR, exit_reason VARCHAR, sell_reason VARCHAR,
        orders STRUCT(amount VARCHAR, safe_price VARCHAR, ft_is_entry VARCHAR)[])[]))
*/
-- freqtrade states fees as ratios and rounds each trade's profit to 8 decimals. `profit_abs` is net
-- in most exports and gross in some, with no flag, so the net profit is recomputed and profit_abs
-- taken only where it agrees. What the rounding to 8 decimals leaves goes into exit_fee: net PnL is
-- then the peer's figure to the last decimal, and a break-even stays one.
with strategies as (
    select unnest(map_entries(strategy)) as entry
    from source
),

trades as (
    select
        entry.key as strategy,
        entry.value.stake_currency as stake_currency,
        coalesce(entry.value.trading_mode, 'spot') as trading_mode,
        unnest(entry.value.trades) as trade,
        unnest(range(1, len(entry.value.trades) + 1)) as ordinal,
    from strategies
),

-- several entries or exits: the trade's own rates are those of the last fills, the orders tell all
fills as (
    select
        *,
        list_filter(trade.orders, lambda x: x.ft_is_entry = 'true') as entries,
        list_filter(trade.orders, lambda x: x.ft_is_entry = 'false') as exits,
        coalesce(len(entries) > 1 or len(exits) > 1, false) as is_adjusted,
        list_sum(list_transform(entries, lambda x: x.amount::double)) as entered,
        list_sum(list_transform(exits, lambda x: x.amount::double)) as exited,
        list_sum(list_transform(entries, lambda x: x.amount::double * x.safe_price::double))
            as entry_cost,
        list_sum(list_transform(exits, lambda x: x.amount::double * x.safe_price::double)) as exit_cost,
    from trades
),

rates as (
    select
        *,
        case when is_adjusted then exited else try_cast(trade.amount as double) end as amount,
        case when is_adjusted then entry_cost / entered else try_cast(trade.open_rate as double) end
            as open_rate,
        case when is_adjusted then exit_cost / exited else try_cast(trade.close_rate as double) end
            as close_rate,
        case when trade.is_short = 'true' then -1 else 1 end as direction,
        try_cast(coalesce(trade.fee_open, '0') as double) as fee_open,
        try_cast(coalesce(trade.fee_close, '0') as double) as fee_close,
        try_cast(coalesce(trade.funding_fees, '0') as double) as funding_fees,
        try_cast(trade.profit_abs as double) as profit_abs,
    from fills
),

profits as (
    select
        *,
        round(
            amount * (close_rate - open_rate) * direction
            - amount * open_rate * fee_open - amount * close_rate * fee_close + funding_fees,
            8
        ) as net_profit,
    from rates
),

-- the decimals come from texts, as landing reads them: a double adds noise in the last digits
texts as (
    select
        *,
        plain_number(case when is_adjusted then amount::varchar else trade.amount end)
            as quantity_text,
        plain_number(case when is_adjusted then open_rate::varchar else trade.open_rate end)
            as entry_text,
        plain_number(case when is_adjusted then close_rate::varchar else trade.close_rate end)
            as exit_text,
        plain_number(coalesce(trade.funding_fees, '0')) as funding_text,
        plain_number(
            case
                when abs(net_profit - profit_abs) <= 2e-8 + 1e-9 * abs(profit_abs)
                    then trade.profit_abs
                else net_profit::varchar
            end
        ) as net_text,
    from profits
),

landed as (
    select
        *,
        half_even_12(quantity_text) as quantity_12,
        half_even_12(entry_text) as entry_12,
        half_even_12(exit_text) as exit_12,
        try_cast(amount * open_rate * fee_open as decimal(38, 12)) as entry_fee_12,
        half_even_12(funding_text) as funding_12,
        round(half_even_12(net_text), 8)::decimal(38, 12) as net_12,
    from texts
)

select
    strategy as account_id,
    strategy || '-' || lpad(ordinal::varchar, 6, '0') as trade_id,
    trade.pair as symbol,
    'crypto_' || trading_mode as market,
    strategy,
    case when direction = -1 then 'short' else 'long' end as side,
    entry_text as entry_price,
    exit_text as exit_price,
    quantity_text as quantity,
    trade.leverage as leverage,
    -- without a text where it is unknown, the contract's default of 0 would pass for it
    coalesce(entry_fee_12::varchar, 'unknown') as entry_fee,
    coalesce((
        round((exit_12 - entry_12) * quantity_12, 12)::decimal(38, 12) * direction
        - entry_fee_12 + funding_12 - net_12
    )::varchar, 'unknown') as exit_fee,
    trade.funding_fees as funding,
    stake_currency as quote_currency,
    stake_currency as fee_currency,
    coalesce(
        make_timestamp((try_cast(trade.open_timestamp as double) * 1000)::bigint)::varchar || '+00',
        trade.open_date
    ) as opened_at,
    coalesce(
        make_timestamp((try_cast(trade.close_timestamp as double) * 1000)::bigint)::varchar || '+00',
        trade.close_date
    ) as closed_at,
    coalesce(trade.enter_tag, trade.buy_tag) as entry_reason,
    coalesce(trade.exit_reason, trade.sell_reason) as exit_reason,
    trade.initial_stop_loss_abs as stop_price,
    trade.min_rate as min_price,
    trade.max_rate as max_price,
    trade.profit_abs as reported_pnl,
    trade.profit_ratio as reported_return,
from landed
