"""The feed trades: each trade as a row of text, as good or bad as its slot says."""

from __future__ import annotations

from python_loaders.sample import market, trades
from python_loaders.sample.arguments import Arguments
from python_loaders.sample.plan import FeedPlan
from python_loaders.sample.sessions import clock_variables

BAD_TRADES = {
    "not_a_number": "entry_price",
    "negative_price": "entry_price",
    "closed_before_opened": "closed_at",
    "unknown_side": "side",
    "nan": "quantity",
    "impossible_date": "opened_at",
    "invalid_json": "attributes",
}

# A stop or target that was not hit also bounds the prices seen.
TRADE_TEXT = """
    bounded as not materialized (
        select
            *,
            kind - 100 as bad,
            kind <> 20 as whole,
            least(entry, exit, greatest(free_low, case when direction > 0 then stop else target
            end)) as low,
            greatest(entry, exit, least(free_high, case when direction > 0 then target else stop
            end)) as high,
            h_text % 10 < 7 as reports,
        from settled
    ),
    final as not materialized (
        select
            *,
            't' || lpad(cast(j as varchar), 9, '0') || case when bad >= 0 then 'x' else '' end
            as trade_id,
            -- lpad would cut the fifth digit off
            printf('acc-%04d', account + 1) as account_id,
            closed_ms * 1000 + 500 + h_micro % 500 as closed_us,
            opened_ms * 1000 + (h_micro >> 16) % 500 as opened_us,
        from bounded
    )
    select
        trade_id,
        account_id,
        case when whole and account % 4 in (0, 2) then 'agent-' || cast(account // 2 + 1 as varchar)
        end as agent_id,
        case when whole then getvariable('symbols')[symbol_n + 1] end as symbol,
        case when whole then getvariable('classes')[class + 1] end as market,
        case when whole then getvariable('strategies')[strategy_n + 1] end as strategy,
        case when whole then getvariable('strategy_types')[strategy_n + 1] end as strategy_type,
        case when not whole then null when bad = 3 then 'sideways'
            when direction > 0 then 'long' else 'short' end as side,
        case when whole then getvariable('venues')[entry_venue_n + 1] end as venue_entry,
        case when whole then getvariable('venues')[exit_venue_n + 1] end as venue_exit,
        case when not whole then null when bad = 0 then '12.3.4' when bad = 1 then '-' else '' end
        || case when bad = 0 then '' when whole then units(entry, 6) end as entry_price,
        case when whole then units(exit, 6) end as exit_price,
        case when not whole then null when bad = 4 then 'NaN' else units(quantity, 4) end
        as quantity,
        case when whole then cast(leverage as varchar) end as leverage,
        case when not whole then null when contract_milli % 1000 = 0
            then cast(contract_milli // 1000 as varchar)
            else '0.' || lpad(cast(contract_milli as varchar), 3, '0') end as contract_size,
        case when whole then units(entry_fee, 10) end as entry_fee,
        case when whole then units(exit_fee, 10) end as exit_fee,
        case when whole then units(funding, 10) end as funding,
        case when whole then getvariable('currencies')[class + 1] end as quote_currency,
        case when whole then getvariable('currencies')[class + 1] end as fee_currency,
        case when not whole then null when bad = 5 then '2026-02-30T12:00:00Z'
            else iso(opened_us) end as opened_at,
        case when not whole then null when bad = 2 then iso(opened_us - 1000000)
            else iso(closed_us) end as closed_at,
        case when whole then getvariable('entry_reasons')[h_text // 16 % 5 + 1] end as entry_reason,
        case when not whole then null
            when has_stop and return_ppm = -stop_ppm then 'stop_loss'
            when has_target and return_ppm = target_ppm then 'take_profit'
            else getvariable('exit_reasons')[h_text // 128 % 3 + 1] end as exit_reason,
        case when whole then units(stop, 6) end as stop_price,
        case when whole then units(target, 6) end as target_price,
        case when whole and h_text // 512 % 20 > 0 then units(low, 6) end as min_price,
        case when whole and h_text // 512 % 20 > 0 then units(high, 6) end as max_price,
        case when whole and h_text // 1024 % 8 > 0
            then cast(5 + h_hold % 700 as varchar) end as execution_ms,
        case when whole and reports then units(net, 10) end as reported_pnl,
        case when whole and reports
            then units((net // 10000) * 1000000 // (entry * units_e4 // 10000) * leverage, 6)
        end as reported_return,
        case when not whole then null when kind = 15 then '3' when kind >= 10 and kind < 100
            then '2' else '1' end as version,
        case when whole then getvariable('tag_lists')[h_text // 4096 % 4 + 1] end as tags,
        case when not whole then null when bad = 6 then '{"note": '
            when h_text // 65536 % 10 < 3
                then '{"source":"sample","score":' || cast(h_text % 100 as varchar) || '}'
        end as attributes,
        case when kind in (20, 21) then 'delete' else 'upsert' end as _op,
    from final
"""


def trade_plan(arguments: Arguments) -> FeedPlan:
    """The feed trades of a sample."""
    return FeedPlan(
        arguments,
        "trades",
        salt=200,
        n=arguments.trades,
        row_sql=trades.TRADES + TRADE_TEXT,
        bad=BAD_TRADES,
        constants={
            **market.VARIABLES,
            **trades.VARIABLES,
            **clock_variables(arguments.start.date(), arguments.days),
            "entry_reasons": ["signal", "breakout", "dip", "crossover", "schedule"],
            "exit_reasons": ["signal", "time_limit", "roi"],
            "tag_lists": ["[]", '["auto"]', '["swing","auto"]', '["manual","a \\"quoted\\" tag"]'],
        },
    )
