"""Both engines make the same of the same files: every cell of the core marts.

Random histories, a sample with prices and cash flows, and the real exports are loaded together and
built once. `make prove` takes longer histories, other ones each time, and a larger sample.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, reject, seed, settings

from python_loaders.loader import Options
from python_loaders.sample import write_sample
from tests.python.conftest import PROVE, REAL_DATA
from tests.python.e2e.real_warehouse import FREQTRADE
from tests.python.postgres.conftest import Postgres
from tests.python.postgres.engines import Engines, both_engines
from tests.python.postgres.parity import CORE
from tests.python.properties.drawing import worlds
from tests.python.properties.worlds import World

# Worlds of one after another go on with the same keys. Hypothesis draws no larger ones.
WORLDS, ACCOUNTS, TICKS = (4, 40, 6) if PROVE else (1, 25, 3)
TRADES, PRICES = (20_000, 50_000) if PROVE else (300, 1_500)
FEEDS = ("accounts", "cash_flows", "trades", "price_snapshots")
# days of all the files; two engines compare 2.7 million cells of the whole calendar otherwise
CALENDAR = "{calendar_start: 2017-12-01, calendar_end: 2026-12-31}"
SOME_DAYS = {"dim_day_zone": "true" if PROVE else "day between '2024-02-01' and '2024-04-30'"}
REAL_TABLES = (
    "fct_trades", "agg_trades_daily", "agg_trades_by_hour", "agg_trades_by_weekday",
    "agg_trades_by_month", "rpt_equity_curve", "rpt_drawdowns", "rpt_performance",
    "rpt_metric_reconciliation",
)  # fmt: skip


def _draw(number: int) -> World:
    drawn: list[World] = []

    @settings(
        max_examples=1,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @seed(number)
    @given(world=worlds(ACCOUNTS, TICKS))
    def keep(world: World) -> None:
        # the first that hypothesis makes is the smallest
        if len(world.histories) < ACCOUNTS:
            reject()
        drawn.append(world)

    keep()
    return drawn[0]


def _load_world(engines: Engines, world: World) -> None:
    for tick, files in zip(world.ticks, world.files(), strict=True):
        for feed in sorted(files, reverse=not tick.accounts_first):
            path = engines.marts.write([row.row() for row in files[feed]])
            engines.load(feed, path, Options(max_reject_rate=0, occasion=str(path)))
            if tick.repeats:
                engines.load(feed, path, Options(max_reject_rate=0, occasion=str(path)))
                engines.load(feed, path, Options(max_reject_rate=0, occasion=f"again {path}"))


def _load_sample(engines: Engines, folder: Path) -> None:
    manifest = write_sample(
        folder, days=30, accounts=4, trades=TRADES, prices=PRICES, indicators=100
    )
    for file in manifest["files"]:
        if file["feed"] in FEEDS:
            engines.load(file["feed"], folder / file["file"], Options(max_reject_rate=0.5))


@pytest.fixture(scope="module")
def engines(
    postgres: Postgres, warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    with both_engines(postgres, warehouse_path, tmp_path_factory) as both:
        number = int(
            os.environ.get("TRADEHOUSE_SEED") or (secrets.randbelow(2**32) if PROVE else 7)
        )
        print(f"TRADEHOUSE_SEED={number}")
        for world in range(WORLDS):
            _load_world(both, _draw(number + world))
        _load_sample(both, tmp_path_factory.mktemp("sample"))
        if REAL_DATA.is_dir():
            for export in FREQTRADE.values():
                both.load("trades", REAL_DATA / export, Options(format="freqtrade_backtest"))
        both.build("--vars", CALENDAR)
        yield both


def test_every_cell_of_the_core_marts_is_the_same(engines: Engines) -> None:
    compared = engines.compare({table: SOME_DAYS.get(table, "true") for table in CORE})
    for table in compared:
        print(f"{table.table:<28} {table.rows:>9,} rows {table.cells:>11,} cells")
    print(f"{sum(table.cells for table in compared):,} cells without a difference")


@pytest.mark.real_data
@pytest.mark.parametrize("account", FREQTRADE)
def test_every_cell_of_a_real_export_is_the_same(
    engines: Engines, account: str, real_data: Path
) -> None:
    engines.compare({table: f"account_id = '{account}'" for table in REAL_TABLES})
