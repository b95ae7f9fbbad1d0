{{ measure_trades(ref('stg_trades'), ref('stg_accounts')) }}
