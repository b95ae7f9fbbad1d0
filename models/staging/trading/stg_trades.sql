with source as (
    {{ live_rows('raw_trading', 'trades') }}
),

renamed as (
    select
        account_id,
        trade_id,
        agent_id,
        concat(market, ':', symbol) as symbol_id,
        symbol,
        market,
        strategy,
        strategy_type,
        side,
        venue_entry,
        venue_exit,
        quote_currency,
        fee_currency,
        entry_reason,
        exit_reason,
        tags,
        attributes,
        entry_price,
        exit_price,
        quantity,
        leverage,
        contract_size,
        entry_fee,
        exit_fee,
        funding,
        stop_price,
        target_price,
        min_price,
        max_price,
        execution_ms,
        reported_pnl,
        reported_return,
        opened_at,
        closed_at,
        _batch_id as batch_id,
        _batch_seq as batch_seq,
        _row as source_row,
        _loaded_at as loaded_at
    from source
)

select * from renamed
