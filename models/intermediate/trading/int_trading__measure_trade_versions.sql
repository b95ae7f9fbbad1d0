{{
    measure_trades(
        ref('stg_trade_versions'),
        ref('stg_accounts'),
        further=['valid_from_batch', 'known_from', 'valid_to_batch', 'known_to', 'ended_by']
    )
}}
