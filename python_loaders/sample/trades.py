"""The economics of a trade, from its key to its net profit, in SQL."""

from __future__ import annotations

from python_loaders.sample.values import Variables

VARIABLES: Variables = {
    "short_percent": [45, 15, 0, 0],  # by class
    "leverages": [1, 2, 3, 5, 10, 20],
}

TRADES = """
    timed as not materialized (
        select
            *,
            j * getvariable('days') // getvariable('n') as day,
            -- the day's trades pass through the hour weights in order, so keys stay in time order
            (
                (j * getvariable('days')) % getvariable('n')
                * (getvariable('weight_total') * 65536)
            ) // getvariable('n') as progress,
            draw(j, 10) as h_account,
            draw(j, 11) as h_symbol,
            draw(j, 12) as h_strategy,
            draw(j, 13) as h_side,
            draw(j, 14) as h_venue,
            draw(j, 15) as h_size,
            draw(j, 16) as h_hold,
            draw(j, 17) as h_return,
            draw(j, 18) as h_tail,
            draw(j, 19) as h_guard,
            draw(j, 20) as h_range,
            draw(j, 21) as h_fee,
            draw(j, 22) as h_text,
            draw(j, 23) as h_micro,
        from slots
    ),
    clocked as not materialized (
        select
            *,
            getvariable('hour_of')[progress // 65536 + 1] as hour_of_day,
        from timed
    ),
    dated as not materialized (
        select
            *,
            hour_of_day * 3600000
            + (progress - getvariable('hour_start')[hour_of_day + 1] * 65536) * 3600000
            // (getvariable('hour_weight')[hour_of_day + 1] * 65536) as day_ms,
        from clocked
    ),
    owned as not materialized (
        select
            *,
            case
                when wanted <> 1
                    or day_ms between getvariable('session_open')[day + 1]
                    and getvariable('session_close')[day + 1]
                    then wanted
                when h_text % getvariable('accounts') = 1 then 0
                else h_text % getvariable('accounts')
            end as account,
        from (
            select
                *,
                (((h_account >> 1) * (h_account >> 1)) >> 31)
                * getvariable('accounts') >> 31 as wanted,
            from dated
        )
    ),
    classed as not materialized (
        select
            *,
            case when account = 1 then 1 else getvariable('class_of')[account % 4 + 1] end as class,
            getvariable('start_ms') + day * 86400000 + day_ms as first_closed_ms,
            case
                when account = 1 then 0
                when kind = 11 then 86400000
                when kind = 12 then getvariable('days') // 2 * 86400000
                else 0
            end as moved_ms,
        from owned
    ),
    closed as not materialized (
        select
            *,
            case when first_closed_ms - moved_ms >= getvariable('start_ms')
                then first_closed_ms - moved_ms else first_closed_ms + moved_ms
            end as closed_ms,
            class * 5 + h_symbol % 5 as symbol_n,
            class * 3 + h_strategy % 3 as plan_n,
            class * 3 + (h_strategy + case when kind = 13 then 1 else 0 end) % 3 as strategy_n,
            case when h_side % 100 < getvariable('short_percent')[class + 1] then -1 else 1
            end as direction,
            case class when 1 then 3 when 2 then 4 + h_venue % 3 else h_venue % 3
            end as entry_venue_n,
            case class when 1 then 3 when 2 then 4 + (h_venue % 3 + 1 + (h_venue >> 8) % 2) % 3
                else h_venue % 3 end as exit_venue_n,
            -- a product of two uniform numbers: mostly short, sometimes long
            ((h_hold & 65535) * (h_hold >> 16)) >> 16 as hold_e16,
        from classed
    ),
    opened as not materialized (
        select
            *,
            closed_ms - least(closed_ms - getvariable('start_ms'), case
                when class = 0 then 60000 + 259200000 * hold_e16 // 65536
                when class = 1
                    then (day_ms - getvariable('session_open')[day + 1]) * hold_e16 // 65536
                when class = 2 then 604800000 + 432000000 * hold_e16 // 65536
                when h_micro % 200 = 0 then 0
                else 300000 + 518400000 * hold_e16 // 65536
            end) as opened_ms,
            getvariable('tick_e6')[symbol_n + 1] as tick,
            getvariable('contract_milli')[symbol_n + 1] as contract_milli,
            getvariable('stop_ppm')[plan_n + 1] as stop_ppm,
            getvariable('target_ppm')[plan_n + 1] as target_ppm,
            getvariable('edge_ppm')[plan_n + 1] as edge_ppm,
            getvariable('deviation_ppm')[plan_n + 1] as deviation_ppm,
        from closed
    ),
    entered as not materialized (
        select
            *,
            greatest(1, quote_e6(symbol_n, opened_ms) * (1000000 + h_range % 400 - 200)
                // 1000000 // tick) * tick as entry,
            stop_ppm > 0 and h_guard % 100 < 65 as has_stop,
            target_ppm > 0 and (h_guard >> 8) % 100 < 50 as has_target,
            -- three uniform numbers make a bell; one in forty is three times as wide
            greatest(-900000, edge_ppm + deviation_ppm * (
                (h_return & 65535) + (h_return >> 16) + (h_tail & 65535) - 98303
            ) * case when (h_tail >> 16) % 40 = 0 then 3 else 1 end // 32768) as free_ppm,
        from opened
    ),
    guarded as not materialized (
        select
            *,
            case
                when has_stop and free_ppm <= -stop_ppm then -stop_ppm
                when has_target and free_ppm >= target_ppm then target_ppm
                else free_ppm
            end as return_ppm,
            case when has_stop
                then entry * (1000000 - direction * stop_ppm) // 1000000 // tick * tick
            end as stop,
            case when has_target
                then entry * (1000000 + direction * target_ppm) // 1000000 // tick * tick
            end as target,
        from entered
    ),
    sized as not materialized (
        select
            *,
            greatest(1, entry * (1000000 + direction * return_ppm) // 1000000 // tick) * tick
            + case when kind in (10, 14) then 2 * tick when kind = 15 then 3 * tick else 0
            end as exit,
            case
                when class = 2 then 10000
                when class = 3 then (200 + h_size % 3000) * 10000000000 // entry
                else greatest(1, (200 + h_size % 3000) * 1000000000
                    // (entry * contract_milli)) * 10000
            end as quantity,
            case when class = 0 then getvariable('leverages')[h_size // 4096 % 6 + 1] else 1
            end as leverage,
        from guarded
    ),
    traded as not materialized (
        select
            *,
            quantity * contract_milli // 1000 as units_e4,
            case when class = 0 then closed_ms // 28800000 - opened_ms // 28800000 else 0
            end as fundings,
        from sized
    ),
    charged as not materialized (
        select
            *,
            case class when 1 then 10000000000 when 2 then 0 else entry * units_e4 // 1000000 * case
                when h_fee % 100 < 20 then getvariable('maker_bp')[entry_venue_n + 1]
                else getvariable('taker_bp')[entry_venue_n + 1]
            end * 100 end as entry_fee,
            case class
                when 1 then 10000000000
                when 2 then exit * units_e4 // 1000000 * getvariable('sale_bp')[exit_venue_n + 1]
                    * 100
                else exit * units_e4 // 1000000 * case
                    when (h_fee >> 8) % 100 < 20 then getvariable('maker_bp')[exit_venue_n + 1]
                    else getvariable('taker_bp')[exit_venue_n + 1]
                end * 100
            end + case when kind in (10, 11, 12, 14) then 500000000
                when kind = 15 then 700000000 else 0
            end as exit_fee,
            -- -1 to 2 basis points every eight hours, paid by the longs where positive
            -direction * fundings * (entry * units_e4 // 100000000 * ((h_fee >> 16) % 300 - 100))
            * 100 as funding,
        from traded
    ),
    settled as not materialized (
        select
            *,
            direction * (exit - entry) * units_e4 - entry_fee - exit_fee + funding as net,
            least(entry, exit) * (1000000 - (h_range >> 8) % 6000) // 1000000 // tick * tick
            as free_low,
            greatest(entry, exit) * (1000000 + (h_range >> 16) % 6000) // 1000000 // tick * tick
            as free_high,
        from charged
    ),
"""
