"""Candles of prints that another writer inserts, by a materialized view that is off by default."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from python_loaders.loader import Options
from tests.python.conftest import PROJECT
from tests.python.integration.test_candles_of_ticks import INTERVALS, make_prints
from tests.python.marts import Marts, Row, fresh_marts

SQL = PROJECT / "docs" / "runbooks" / "streamed-candles.sql"
BATCH = tuple(f"agg_candles_{name}" for name in INTERVALS)
VIEWS = ("stg_ticks", *(f"rpt_candles_{name}" for name in INTERVALS), "candles")
STREAMED = ("agg_streamed_candles_1m", "rpt_streamed_candles_1m", "streamed_candles")
VENUE = "v"


@pytest.fixture(scope="module")
def marts(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    with fresh_marts(warehouse_path, tmp_path_factory) as fresh:
        for statement in SQL.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                fresh.command(statement.replace("live", "{marts}_live"))
        yield fresh
        fresh.command("drop database {marts}_live sync")


def insert(marts: Marts, prints: Sequence[Row], settings: str = "") -> None:
    """As a writer does that knows nothing of the warehouse: by its own statement and settings."""
    rows = ", ".join(
        f"('{p['symbol']}', '{p['market']}', '{VENUE}', parseDateTime64BestEffort('{p['ts']}', 6, "
        f"'UTC'), {p['seq']}, '{p['trade_ref']}', '{p['price']}', '{p['quantity']}', "
        f"'{p['aggressor']}')"
        for p in prints
    )
    marts.command(f"insert into {{marts}}_live.ticks {settings} values {rows}")


def contents(marts: Marts, view: str) -> tuple[int, int]:
    """Rows, and a hash of all they hold."""
    rows = marts.query(f"select count(), sum(cityHash64(toString(tuple(*)))) from {{marts}}.{view}")
    return rows[0][0], rows[0][1]


def differing(marts: Marts) -> int:
    """The question of the runbook: candles that are not those of the landed prints."""
    streamed, batch = "{marts}.rpt_streamed_candles_1m", "{marts}.rpt_candles_1m"
    columns = "* except (vwap)"
    return int(
        marts.query(
            f"select count() from (select {columns} from {streamed} except "
            f"select {columns} from {batch})"
        )[0][0]
    )


def test_streamed_candles(marts: Marts) -> None:
    prints = make_prints(21, 900)
    # prints without a name come as often as they are; the writer's blocks know no order
    random.Random(4).shuffle(prints)
    marts.load_file("ticks", marts.write(prints), Options(constants={"venue": VENUE}))
    marts.build(*VIEWS, *BATCH)
    assert not marts.query("select 1 from system.tables where name like '%streamed%'")

    before, after = prints[:300], prints[300:]
    insert(marts, before)
    on = f"streamed_ticks: {marts.schema}_live.ticks"
    with marts.edited(("dbt_project.yml", 'streamed_ticks: ""', on)):
        marts.build(*STREAMED)
        insert(marts, after[:200])
        insert(marts, after[200:400], "settings async_insert = 1, wait_for_async_insert = 1")
        insert(
            marts,
            after[400:],
            "settings max_insert_block_size = 7, join_use_nulls = 0, "
            "prefer_column_name_to_alias = 0",
        )
        right = contents(marts, "rpt_candles_1m")
        assert right[0] > 100
        assert contents(marts, "rpt_streamed_candles_1m") == right
        assert differing(marts) == 0
        for name in INTERVALS:
            call = (
                f"(symbol = 'spot:A/B', interval = '{name}', from = '2024-01-31 15:00:00', "
                "to = '2024-03-01 00:00:00')"
            )
            asked = contents(marts, f"streamed_candles{call}")
            assert asked == contents(marts, f"candles{call}") and asked[0] > 0
        # built again, also in full, it neither doubles nor loses what it holds, and goes on
        marts.build(*STREAMED)
        marts.build(*STREAMED, full_refresh=True)
        assert contents(marts, "rpt_streamed_candles_1m") == right
        marts.command("optimize table {marts}.agg_streamed_candles_1m final")
        assert contents(marts, "rpt_streamed_candles_1m") == right

        # what the runbook says it cannot promise: a block that comes again counts again
        insert(marts, after[:1])
        assert contents(marts, "rpt_streamed_candles_1m") != right
        assert differing(marts) == 1
        # and how it is made right
        marts.command("truncate table {marts}_live.ticks")
        insert(marts, prints)
        marts.command(
            "drop view {marts}.agg_streamed_candles_1m_mv sync",
            "drop table {marts}.agg_streamed_candles_1m sync",
        )
        marts.build(*STREAMED)
        assert contents(marts, "rpt_streamed_candles_1m") == right
