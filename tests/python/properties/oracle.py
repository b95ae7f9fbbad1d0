"""The marts, computed anew in DuckDB from what is true: other SQL, another engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from tests.python.properties.change_log import Key, Version
from tests.python.properties.histories import Account, Statement, Trade
from tests.python.properties.worlds import STARTED_AT, Landed

Rows = list[tuple[Any, ...]]

# The columns that are compared; instants as microseconds.
FACTS = """
    account_id, trade_id, strategy, symbol, side, notional, gross_pnl, fees, funding, net_pnl,
    risk_amount, outcome, trade_date, closed_us
"""
MEASURES = """
    trades, wins, losses, break_evens, gross_profit, gross_loss, net_pnl, fees, funding, notional,
    largest_win, largest_loss, long_trades, short_trades, first_us, last_us
"""

# Wide enough for what the histories hold: DuckDB multiplies exactly, or fails.
_MEASURED = """
    create or replace table {name} as
    with typed as (
        select
            t.* exclude (funding),
            t.entry_price::decimal(20, 6) as entry,
            t.exit_price::decimal(20, 6) as exit,
            t.quantity::decimal(12, 7) * t.contract_size::decimal(3, 1) as units,
            t.entry_fee::decimal(18, 12) + t.exit_fee::decimal(18, 12) as fees,
            t.funding::decimal(18, 12) as funding,
            nullif(t.stop_price, '')::decimal(20, 6) as stop,
            t.closed_at::timestamptz as closed,
            coalesce(a.trading_zone, 'UTC') as zone
        from {source} as t left join accounts as a using (account_id)
    ),
    priced as (
        select
            *,
            round(entry * units, 12) as notional,
            round(if(side = 'long', exit - entry, entry - exit) * units, 12) as gross_pnl,
            nullif(round(abs(entry - stop) * units, 12), 0) as risk_amount,
            epoch_us(closed) as closed_us,
            epoch_us(opened_at::timestamptz) as opened_us,
            timezone(zone, closed)::date as trade_date
        from typed
    )
    select
        *,
        gross_pnl - fees + funding as net_pnl,
        case sign(gross_pnl - fees + funding)
            when 1 then 'win' when -1 then 'loss' else 'break_even'
        end as outcome
    from priced
"""

_MEASURES = """
    count(*) as trades,
    count_if(net_pnl > 0) as wins,
    count_if(net_pnl < 0) as losses,
    count_if(net_pnl = 0) as break_evens,
    coalesce(sum(net_pnl) filter (net_pnl > 0), 0) as gross_profit,
    coalesce(sum(net_pnl) filter (net_pnl < 0), 0) as gross_loss,
    sum(net_pnl), sum(fees), sum(funding), sum(notional),
    max(net_pnl) filter (net_pnl > 0),
    min(net_pnl) filter (net_pnl < 0),
    count_if(side = 'long'),
    count_if(side = 'short'),
    min(closed_us),
    max(closed_us)
"""

_CURVE = f"""
    with days as (
        select account_id, trade_date as day from facts
        union all
        select account_id, timezone(trading_zone, '{STARTED_AT}'::timestamptz)::date from accounts
        union all
        -- an account of which only trades are known starts at its first, in UTC
        select account_id, timezone('UTC', make_timestamptz(min(opened_us)))::date from facts
        where account_id not in (select account_id from accounts) group by account_id
    ),
    spans as (
        select account_id, unnest(generate_series(min(day), max(day), interval 1 day))::date as day
        from days group by account_id
    ),
    curves as (
        select distinct account_id, strategy from facts
        union all select distinct account_id, '*' from days
    )
    select
        c.account_id, c.strategy, s.day,
        coalesce(sum(f.net_pnl) filter (f.trade_date = s.day), 0) as net_pnl,
        coalesce(sum(f.net_pnl), 0) as cumulative_pnl,
        max(a.starting_equity::decimal(38, 12)) + coalesce(sum(f.net_pnl), 0) as equity
    from curves as c
    join spans as s using (account_id)
    left join accounts as a using (account_id)
    left join facts as f
        on f.account_id = c.account_id and f.trade_date <= s.day
        and (f.strategy = c.strategy or c.strategy = '*')
    group by all
"""

# What every batch did to a day, by the zone of today; the first to touch a day reports it.
_DAY_CHANGES = """
    create or replace table day_changes as
    with changes as (
        select account_id, trade_date, from_batch as batch, 1 as added, 0 as corrected,
            0 as deleted, net_pnl as change
        from versions
        union all
        select account_id, trade_date, to_batch, 0, (ended_by = 'correction')::int,
            (ended_by = 'deletion')::int, -net_pnl
        from versions where to_batch is not null
    )
    select
        account_id, trade_date, batch, sum(added) as added, sum(corrected) as corrected,
        sum(deleted) as deleted, sum(change) as change,
        sum(sum(added - corrected - deleted)) over so_far as trades_after,
        sum(sum(change)) over so_far as pnl_after,
        batch = min(batch) over (partition by account_id, trade_date) as is_first
    from changes group by account_id, trade_date, batch
    window so_far as (partition by account_id, trade_date order by batch)
"""


class Oracle:
    """Expected rows, of live trades and accounts by their keys."""

    def __init__(self) -> None:
        self._duckdb = duckdb.connect(config={"threads": 1})
        self._duckdb.execute("set TimeZone = 'UTC'")

    def close(self) -> None:
        self._duckdb.close()

    def know(self, trades: dict[Key, Trade], accounts: dict[Key, Account]) -> None:
        """These are live."""
        self._create("accounts", [_row(key, content) for key, content in accounts.items()], Account)
        self._create("trades", [_row(key, content) for key, content in trades.items()], Trade)
        self._duckdb.execute(_MEASURED.format(name="facts", source="trades"))

    def know_versions(self, versions: Iterable[Version]) -> None:
        """These versions were there; the accounts are those of today."""
        rows = [
            {
                **_row(version.key, version.content),
                "from_batch": str(version.from_batch),
                "to_batch": None if version.to_batch is None else str(version.to_batch),
                "ended_by": version.ended_by,
            }
            for version in versions
        ]
        self._create("all_versions", rows, Trade, "from_batch", "to_batch", "ended_by")
        self._duckdb.execute(_MEASURED.format(name="versions", source="all_versions"))
        self._duckdb.execute(
            "alter table versions alter from_batch type bigint;"
            "alter table versions alter to_batch type bigint"
        )
        self._duckdb.execute(_DAY_CHANGES)

    def _create(
        self, name: str, rows: list[dict[str, str | None]], kind: type, *further: str
    ) -> None:
        columns = [*_row(("", ""), KINDS[kind]), *further]
        table = pa.table({c: pa.array([row[c] for row in rows], pa.string()) for c in columns})
        self._duckdb.register("given", table)
        self._duckdb.execute(f"create or replace table {name} as select * from given")
        self._duckdb.unregister("given")

    def _rows(self, sql: str) -> Rows:
        return self._duckdb.execute(sql).fetchall()

    def facts(self) -> Rows:
        return self._rows(f"select {FACTS} from facts")

    def daily(self) -> Rows:
        keys = "account_id, strategy, symbol, trade_date"
        return self._rows(f"select {keys}, {_MEASURES} from facts group by {keys}")

    def daily_stats(self) -> Rows:
        keys = "account_id, strategy, trade_date"
        return self._rows(f"select {keys}, {_MEASURES} from facts group by {keys}")

    def curve(self) -> Rows:
        return self._rows(_CURVE)

    def versions(self) -> Rows:
        return self._rows(f"select {FACTS}, from_batch, to_batch, ended_by from versions")

    def restatements(self) -> Rows:
        return self._rows(
            "select account_id, trade_date, batch, added, corrected, deleted, trades_after, "
            "pnl_after, change from day_changes where not is_first"
        )

    def first_reports(self) -> Rows:
        return self._rows("select account_id, trade_date, change from day_changes where is_first")

    def day_pnl(self) -> Rows:
        """Net PnL of every account and day that ever had a trade."""
        return self._rows(
            "select d.account_id, d.trade_date, coalesce(sum(f.net_pnl), 0) "
            "from (select distinct account_id, trade_date from day_changes) as d "
            "left join facts as f using (account_id, trade_date) group by all"
        )


KINDS: dict[type, Trade | Account] = {Trade: Trade("2024-01-01T00:00:00Z"), Account: Account()}


def _row(key: Key, content: Trade | Account) -> dict[str, str | None]:
    """The row that the file would hold, without how it asks to land."""
    row = Landed(key[0] or "LEFT 0", key[1], Statement(content)).row()
    del row["_op"]
    return dict(row)
