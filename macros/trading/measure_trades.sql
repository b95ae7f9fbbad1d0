{# What follows from a trade's own values, for relations with the columns of stg_trades and of
   stg_accounts; `further` names columns of the trades to hand on. #}
{% macro measure_trades(trades, accounts, further=[]) -%}
    with trades as (
        select * from {{ trades }}
    ),

    accounts as (
        select
            account_id,
            trading_zone
        from {{ accounts }}
    ),

    -- An account that is not known yet trades in UTC. The empty text is what an unmatched row gives a
    -- reader without join_use_nulls; the view must not depend on the reader.
    zoned as (
        select
            t.*,
            coalesce(nullif(a.trading_zone, ''), 'UTC') as account_zone
        from trades as t
        left join accounts as a on t.account_id = a.account_id
    ),

    -- Products stay in the wide type, unrounded: 24 and 36 decimals are exact there.
    valued as (
        select
            zoned.*,
            {{ wide('entry_price') }} * {{ wide('quantity') }} * {{ wide('contract_size') }}
                as exact_notional,
            ({{ wide('exit_price') }} - {{ wide('entry_price') }})
            * {{ wide('quantity') }}
            * {{ wide('contract_size') }}
            * case when side = 'short' then -1 else 1 end as exact_gross,
            abs({{ wide('entry_price') }} - {{ wide('coalesce(stop_price, entry_price)') }})
            * {{ wide('quantity') }}
            * {{ wide('contract_size') }} as exact_risk
        from zoned
    ),

    rounded as (
        select
            valued.*,
            {{ money('exact_notional') }} as notional,
            {{ money('exact_gross') }} as gross_pnl,
            {{ money(wide('entry_fee') ~ ' + ' ~ wide('exit_fee')) }} as fees,
            nullif({{ money('exact_risk') }}, 0) as risk_amount
        from valued
    ),

    netted as (
        select
            rounded.*,
            {{ money(wide('gross_pnl') ~ ' - ' ~ wide('fees') ~ ' + ' ~ wide('funding')) }} as net_pnl
        from rounded
    ),

    compared as (
        select
            netted.*,
            {{ money(wide('reported_pnl') ~ ' - ' ~ wide('net_pnl')) }} as pnl_difference
        from netted
    ),

    final as (
        select
            account_id,
            trade_id,
            agent_id,
            symbol_id,
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
            entry_price,
            exit_price,
            quantity,
            leverage,
            contract_size,
            stop_price,
            target_price,
            min_price,
            max_price,
            notional,
            gross_pnl,
            entry_fee,
            exit_fee,
            fees,
            funding,
            net_pnl,
            {{ ratio('net_pnl', 'exact_notional') }} * {{ num('leverage') }} as return_rel,
            risk_amount,
            {{ ratio('net_pnl', 'risk_amount') }} as r_multiple,
            {{ category(
                "case when net_pnl > 0 then 'win' when net_pnl < 0 then 'loss' else 'break_even' end"
            ) }} as outcome,
            reported_pnl,
            pnl_difference,
            case
                when {{ num('abs(pnl_difference)') }} <= 1e-8 + 1e-8 * {{ num('abs(reported_pnl)') }}
                    then true
                when {{ num('abs(pnl_difference)') }} > 1e-8 + 1e-8 * {{ num('abs(reported_pnl)') }}
                    then false
            end as is_reconciled,
            case when risk_amount is null then 'r_multiple=no_stop;' else '' end as undefined_metrics,
            {{ local_date('closed_at', 'account_zone') }} as trade_date,
            opened_at,
            closed_at,
            {{ seconds_between('opened_at', 'closed_at') }} as holding_s,
            execution_ms,
            batch_id,
            {{ (['source_row'] + further) | join(', ') }}
        from compared
    )

    select * from final
{%- endmacro %}
