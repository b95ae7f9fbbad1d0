"""What a partitioned table holds is known after anything that happens between two builds.

Tables dropped, restored or built alone, models that change, batches that are open or come to
nothing: the next incremental build equals a full one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from python_loaders.errors import InputRefused
from tests.python.marts import (
    PARTITIONED,
    Marts,
    indicator,
    price,
    traded,
)


def change_trades_and_prices(marts: Marts) -> None:
    """Correct, move and delete trades, and add prices, with the next numbers as their content."""
    number = str(marts.query("select count() + 1 from {marts}_raw._batches")[0][0])
    marts.load(
        "trades",
        [
            traded("state", "1", "2023-01-10T12:00:00Z", quantity=number),
            traded("state", "2", f"2023-{int(number) % 2 + 2:02}-10T12:00:00Z", quantity=number),
            traded("state", number, "2023-05-10T12:00:00Z"),
        ],
    )
    marts.load("price_snapshots", [price("glove", f"2023-01-10T12:00:00.{number}Z", price=number)])


def test_a_build_without_changes_writes_nothing(marts: Marts) -> None:
    before = state_of_tables(marts), state_of_books(marts)
    marts.build()
    assert (state_of_tables(marts), state_of_books(marts)) == before


@pytest.mark.long
def test_a_batch_without_rows_moves_the_record_alone(marts: Marts) -> None:
    tables, records = state_of_tables(marts), marts.records()
    row = traded("state", "12", "2023-12-10T12:00:00Z")
    marts.load("trades", [row, row])
    marts.build()
    moved = marts.records()
    for name in ("fct_trades", "agg_trades_daily"):
        assert moved[name][0] == records[name][0] and moved[name][1] > records[name][1]
        assert marts.touched(name) == []
        assert rows_of_state(state_of_tables(marts), name) == rows_of_state(tables, name)
    assert moved["fct_price_snapshots"] == records["fct_price_snapshots"]
    marts.check()


def state_of_tables(marts: Marts) -> list[tuple[Any, ...]]:
    """Table, identity and rows: a table that was rebuilt has another identity."""
    return marts.query(
        "select name, uuid, total_rows from system.tables "
        f"where database in ('{{marts}}', '{{marts}}_staging') and name in {PARTITIONED} "
        "order by name"
    )


def state_of_books(marts: Marts) -> list[tuple[Any, ...]]:
    return marts.query(
        "select row from ("
        "select toString(tuple(*)) as row from {marts}._model_state union all "
        "select toString(tuple(*)) as row from {marts}._model_changes) order by row"
    )


def rows_of_state(state: list[tuple[Any, ...]], name: str) -> list[tuple[Any, ...]]:
    return [row for row in state if row[0] == name]


@pytest.mark.long
def test_tables_dropped_or_replaced_by_hand_are_built_in_full(marts: Marts) -> None:
    before = marts.generations()
    marts.command(
        "drop table {marts}.fct_trades sync",
        "drop table {marts}.agg_prices_hourly sync",
        "create table {marts}._other as {marts}.fct_indicator_values",
        "exchange tables {marts}._other and {marts}.fct_indicator_values",
        "drop table {marts}._other sync",
        "alter table {marts}.fct_indicator_values modify comment 'mine'",
    )
    marts.build()
    kept = {name for name, generation in marts.generations().items() if generation == before[name]}
    assert kept == {"fct_price_snapshots", "fct_trade_versions", "rpt_restatements"}
    marts.check()


def test_a_build_goes_on_from_the_table_that_the_last_one_replaced(marts: Marts) -> None:
    """Whatever became of its rows; where it is gone or another table, from a clone."""

    def uuids() -> dict[str, Any]:
        return dict(marts.query("select name, uuid from system.tables where database = '{marts}'"))

    # the second replaces what is in several months, the third in others
    for _ in range(2):
        change_trades_and_prices(marts)
        marts.build()
    trades, daily, versions, prices, hourly = (
        f"{{marts}}._work_{name}"
        for name in (
            "fct_trades", "agg_trades_daily", "fct_trade_versions", "fct_price_snapshots",
            "agg_prices_hourly",
        )
    )  # fmt: skip
    marts.command(
        f"alter table {trades} drop partition 202306",
        f"insert into {trades} select * from {trades} where trade_date < '2022-01-01'",
        f"insert into {trades} (closed_at, trade_date) values ('1999-01-01', '1999-01-01')",
        f"alter table {daily} add column more UInt8",
        f"drop table {versions} sync",
        f"alter table {prices} modify comment 'another:1'",
        f"truncate table {hourly}",
    )
    before = uuids()
    change_trades_and_prices(marts)
    marts.build()
    after = uuids()
    for name, goes_on in {
        "fct_trades": True,
        "agg_prices_hourly": True,
        "rpt_restatements": True,
        "agg_trades_daily": False,
        "fct_trade_versions": False,
        "fct_price_snapshots": False,
    }.items():
        work = f"_work_{name}"
        assert (after[name] == before.get(work)) == goes_on, name
        assert after[work] == before[name], name
    marts.check()


@pytest.mark.long
@pytest.mark.parametrize(
    ("names", "full_refresh"),
    [
        (["fct_trades", "agg_prices_hourly"], False),
        # from before a full refresh
        (["fct_trades", "fct_price_snapshots"], True),
    ],
)
def test_older_tables_that_are_restored_catch_up(
    marts: Marts, names: Sequence[str], full_refresh: bool
) -> None:
    comments = dict(marts.query("select name, comment from system.tables where database='{marts}'"))
    for name in names:
        marts.command(
            f"create table {{marts}}._restored_{name} clone as {{marts}}.{name}",
            f"alter table {{marts}}._restored_{name} modify comment '{comments[name]}'",
        )
    daily = marts.contents("agg_trades_daily")
    change_trades_and_prices(marts)
    marts.build(full_refresh=full_refresh)
    for name in names:
        marts.command(
            f"exchange tables {{marts}}._restored_{name} and {{marts}}.{name}",
            f"drop table {{marts}}._restored_{name} sync",
        )
    # a rollup that is ahead of its facts goes back with them
    marts.build("agg_trades_daily")
    assert marts.contents("agg_trades_daily") == daily
    marts.build()
    for name in names:
        assert marts.generations()[name] == comments[name].split(":")[0]
    marts.check()


@pytest.mark.long
def test_raw_that_is_restored_and_loaded_anew_is_built_in_full(marts: Marts) -> None:
    raw = [name for (name,) in marts.query("show tables from {marts}_raw")]
    for name in raw:
        marts.command(f"create table {{marts}}_raw._kept_{name} clone as {{marts}}_raw.{name}")
    marts.load("trades", [traded("state", "lost", "2023-08-10T12:00:00Z")])
    marts.build()
    for name in raw:
        marts.command(
            f"exchange tables {{marts}}_raw._kept_{name} and {{marts}}_raw.{name}",
            f"drop table {{marts}}_raw._kept_{name} sync",
        )
    # takes the number of the batch that is gone
    marts.load("trades", [traded("state", "found", "2023-09-10T12:00:00Z")])
    marts.build()
    marts.check()


@pytest.mark.long
def test_a_changed_model_or_view_below_it_is_built_in_full(marts: Marts) -> None:
    before = marts.generations()
    with marts.edited(
        ("models/marts/market/fct_indicator_values.sql", "  value,", "  value * 2 as value,"),
        ("macros/trading/trade_columns.sql", "    side,", "    upper(side) as side,"),
        ("models/rollups/market/agg_prices_hourly.sql", "'venue', 'symbol'", "'symbol', 'venue'"),
    ):
        marts.dbt("run", "--select", "stg_trades", "stg_trade_versions")
        marts.build()
        assert marts.query("select distinct side from {marts}.fct_trades") == [("LONG",)]
        edited = marts.generations()
        kept = {name for name in PARTITIONED if edited[name] == before[name]}
        assert kept == {"fct_price_snapshots"}
        marts.check()
    marts.dbt("run", "--select", "stg_trades", "stg_trade_versions")
    marts.build()
    assert marts.query("select distinct side from {marts}.fct_trades") == [("long",)]


def test_a_column_that_is_to_be_compressed_otherwise_is_written_anew(marts: Marts) -> None:
    name, column = "fct_price_snapshots", "        description: Quoted price.\n"
    codec = (
        "select compression_codec from system.columns "
        f"where database = '{{marts}}' and table = '{name}' and name = 'price'"
    )
    before = marts.generations()[name]
    path = "models/marts/market/_market__models.yml"
    with marts.edited((path, column, f"        codec: NONE\n{column}")):
        marts.build(name)
        assert marts.query(codec) == [("CODEC(NONE)",)]
        edited = marts.generations()[name]
    marts.build(name)
    assert marts.query(codec) == [("",)]
    assert len({before, edited, marts.generations()[name]}) == 3


@pytest.mark.long
def test_models_built_alone_and_out_of_step(marts: Marts) -> None:
    before = marts.generations()
    change_trades_and_prices(marts)
    # while their facts lag; then the facts of one twice, of the other in full
    marts.build("agg_trades_daily", "agg_prices_hourly")
    marts.build("fct_price_snapshots")
    change_trades_and_prices(marts)
    marts.build("fct_price_snapshots")
    marts.build("fct_trades", full_refresh=True)
    daily = marts.contents("rpt_daily_stats")
    marts.build()
    assert marts.contents("rpt_daily_stats") == daily
    rebuilt = {name for name in PARTITIONED if marts.generations()[name] != before[name]}
    assert rebuilt == {
        "fct_trades", "agg_trades_daily", "agg_trade_activity_monthly",
        "int_trading__sum_trade_hours", "int_trading__sum_trade_months",
    }  # fmt: skip
    marts.check()


def test_a_calendar_is_built_where_its_seed_changed(marts: Marts) -> None:
    def built() -> list[tuple[Any, ...]]:
        marts.dbt("run", "--select", "dim_day")
        return marts.query(
            "select uuid, (select exchange_holiday from {marts}.dim_day where day = '2024-03-05') "
            "from system.tables where database = '{marts}' and name = 'dim_day'"
        )

    before = built()
    assert built() == before and before[0][1] is None
    seed = "{marts}_staging.exchange_holidays"
    marts.command(f"insert into {seed} (exchange, day, name) values ('XNYS', '2024-03-05', 'Own')")
    assert built()[0][1] == "Own"
    marts.dbt("seed", "--select", "exchange_holidays")
    assert built()[0][1] is None


def test_a_batch_that_is_open_is_not_seen(marts: Marts) -> None:
    before = marts.contents(*PARTITIONED)
    rows = [
        traded("state", "3", "2023-10-10T12:00:00Z", quantity="7"),
        traded("state", "4", "2023-04-10T12:00:00Z", _op="delete"),
        traded("state", "5", "2023-11-10T12:00:00Z", quantity="7"),
        traded("state", "open", "2023-12-10T12:00:00Z"),
    ]
    marts.kill_loader("trades", rows, at="alter table trades attach")
    assert published_of_open_batch(marts) > 0
    marts.build()
    assert marts.contents(*PARTITIONED) == before
    marts.build(full_refresh=True)
    assert marts.contents(*PARTITIONED) == before
    # the next load finishes it first
    marts.load("trades", [traded("state", "next", "2023-12-11T12:00:00Z")])
    marts.build()
    found = trades_of(marts, "state")
    assert found.items() >= {"3": 202310, "5": 202311, "open": 202312, "next": 202312}.items()
    assert "4" not in found
    marts.check()


@pytest.mark.long
def test_batches_that_come_to_nothing_leave_no_trace(marts: Marts) -> None:
    with pytest.raises(InputRefused):
        marts.load("trades", [traded("state", "bad", "2023-12-10T12:00:00Z", quantity="-1")])
    rows = [traded("state", "6", f"2023-{month:02}-10T12:00:00Z") for month in range(7, 13)]
    rows.append(traded("state", "lost", "2023-02-10T12:00:00Z"))
    marts.kill_loader("trades", rows, at="alter table trades attach")
    assert published_of_open_batch(marts) > 0
    # without its stage it is rolled back
    marts.command("drop table {marts}_raw._stage_trades sync")
    marts.load("trades", [traded("state", "after", "2023-12-12T12:00:00Z")])
    statuses = marts.query(
        "select status from {marts}_raw._batches where feed = 'trades' "
        "order by batch_seq desc, revision desc limit 3"
    )
    assert statuses == [("done",), ("staged",), ("rolled_back",)]
    marts.build()
    found = trades_of(marts, "state")
    assert "after" in found and "lost" not in found
    marts.check()


def published_of_open_batch(marts: Marts) -> int:
    rows = marts.query(
        "select count() from {marts}_raw.trades where _batch_seq > "
        "(select max(batch_seq) from {marts}_raw._batches where feed='trades' and status='done')"
    )
    return int(rows[0][0])


def trades_of(marts: Marts, account_id: str) -> dict[str, int]:
    """The trades of an account, with the month of each."""
    rows = marts.query(
        "select trade_id, toYYYYMM(trade_date) from {marts}.fct_trades "
        f"where account_id = '{account_id}'"
    )
    return dict(rows)  # type: ignore[arg-type]


@pytest.mark.long
def test_more_months_at_once_than_the_engine_takes_by_default(marts: Marts) -> None:
    before = marts.generations()
    months = [f"{1980 + n // 12}-{n % 12 + 1:02}" for n in range(101)]
    instants = [f"{month}-15T12:00:00Z" for month in months]
    marts.load("trades", [traded("late", f"{instant:.7}", instant) for instant in instants])
    marts.load("price_snapshots", [price("glove", instant) for instant in instants])
    marts.load("indicator_values", [indicator("ETH/USDT", instant) for instant in instants])
    marts.build()
    for model, generation in marts.generations().items():
        assert len(marts.touched(model)) == len(instants)
        assert generation == before[model]
    marts.check()
