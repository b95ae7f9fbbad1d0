"""A harness for marts: load, build step by step, and in full to say what is right."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from python_loaders.commands import landing_of
from python_loaders.contract import Feed, load_feeds
from python_loaders.loader import Loaded, Options, load_path
from python_loaders.migrations import migrate
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse
from tests.python.conftest import PROJECT, copy_project, schema_of, trade
from tests.python.engine import release_engine

PARTITIONED = (
    "fct_trades",
    "fct_price_snapshots",
    "fct_indicator_values",
    "agg_trades_daily",
    "agg_prices_hourly",
    "agg_trade_activity_monthly",
    "fct_trade_versions",
    "rpt_restatements",
    "int_trading__sum_trade_hours",
    "int_trading__sum_trade_months",
)
METRICS = (
    "rpt_performance",
    "rpt_metric_reconciliation",
    "rpt_strategy_performance",
    "rpt_drawdowns",
    "rpt_monthly_returns",
    "rpt_streaks",
    "agg_trades_by_hour",
)
# the tables between facts and metrics, which nobody reads
MEASURED = (
    "int_trading__list_windows",
    "int_trading__measure_return_windows",
    "int_trading__measure_trade_windows",
)
DOWNSTREAM = ("dim_account", "dim_strategy", "dim_symbol", "dim_venue", "rpt_equity_curve")
KILLED_CLI = PROJECT / "tests" / "python" / "faults" / "killed_cli.py"

Row = dict[str, str]
Contents = dict[str, list[str]]


def placed(name: str, prefix: str = "") -> str:
    """A table or view with its database; ``prefix`` comes before its name."""
    return f"{{marts}}{'_staging' if name.startswith('int_') else ''}.{prefix}{name}"


def account(**changes: str) -> Row:
    """A good account, with changes."""
    good = {
        "account_id": "a",
        "kind": "bot",
        "base_currency": "USDT",
        "starting_equity": "1000",
        "started_at": "2024-01-01T00:00:00Z",
        "trading_zone": "UTC",
        "_op": "upsert",
    }
    return {**good, **changes}


def traded(account_id: str, trade_id: str, closed_at: str, **changes: str) -> Row:
    """A trade of five minutes."""
    own = {"account_id": account_id, "trade_id": trade_id, "closed_at": closed_at}
    return trade(**{"opened_at": closed_at, "strategy": "s", "_op": "upsert", **own, **changes})


def price(symbol: str, snapshot_at: str, **changes: str) -> Row:
    good = {"symbol": symbol, "market": "skins", "venue": "steam", "price": "10", "currency": "USD"}
    return {**good, "snapshot_at": snapshot_at, **changes}


def indicator(symbol: str, ts: str, **changes: str) -> Row:
    good = {"session_id": "x", "symbol": symbol, "market": "spot", "indicator_id": "rsi_14"}
    return {**good, "ts": ts, "value": "50", "_op": "upsert", **changes}


# the project as it is, parsed for each schema; to parse it anew takes longer than most builds
_parsed: dict[str, Manifest] = {}
# schemas of marts that are there now, of this process
_taken: set[str] = set()

# those of this process that are connected: another one gets the warehouse when all let it go
_connected: list[Marts] = []


class Marts:
    """A warehouse that is built step by step, and in full to say what is right."""

    def __init__(self, project: Path, profiles: Path, files: Path) -> None:
        self.project, self.profiles = project, profiles
        self.schema = profiles.name
        self.feeds: dict[str, Feed] = load_feeds(PROJECT)
        self.manifest: Manifest | None = None
        self._files = files
        self._loaded = 0
        self._connection: Warehouse | None = None
        # everything that was loaded is built
        self.is_settled = False

    @property
    def warehouse(self) -> Warehouse:
        """One connection for all tests: with the last one the engine would stop."""
        if self._connection is None:
            self._connection = Warehouse(read_target(PROJECT, self.profiles))
            _connected.append(self)
        return self._connection

    def disconnect(self) -> None:
        """Let another process have the warehouse, also those of other schemas."""
        while _connected:
            marts = _connected.pop()
            if marts._connection is not None:
                marts._connection.close()
            marts._connection = None
        release_engine()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query, with the marts' database as {marts}."""
        rows = self.warehouse.client.query(sql.format(marts=self.schema)).result_rows
        return [tuple(row) for row in rows]

    def command(self, *statements: str) -> None:
        for sql in statements:
            self.warehouse.command(sql.format(marts=self.schema))

    def migrate(self) -> None:
        migrate(self.warehouse, self.feeds)

    # -- loading --------------------------------------------------------------------------------

    def load(self, feed: str, rows: Sequence[Row], max_reject_rate: float = 0) -> None:
        self.load_file(feed, self.write(rows), Options(max_reject_rate=max_reject_rate))

    def load_file(self, feed: str, path: Path, options: Options) -> Loaded:
        return load_path(landing_of(self.warehouse), self.feeds, feed, path, options)[0]

    def kill_loader(self, feed: str, rows: Sequence[Row], at: str) -> None:
        """Load in another process, killed right after the first write whose label begins so."""
        self.disconnect()
        words = [at, "after", self._files / "points", "load", feed, self.write(rows)]
        words += ["--project-dir", PROJECT, "--profiles-dir", self.profiles]
        killed = subprocess.run(
            [sys.executable, KILLED_CLI, *words],
            check=False, capture_output=True, text=True, cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )  # fmt: skip
        assert killed.returncode == -signal.SIGKILL, killed.stderr

    def write(self, rows: Sequence[Row]) -> Path:
        """A new CSV file of these rows, which have the same columns."""
        self._loaded += 1
        path = self._files / f"{self._loaded}.csv"
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    # -- building -------------------------------------------------------------------------------

    def dbt(self, *words: str) -> Any:
        """Run dbt in this process, on the project as it was parsed last; its results."""
        with uncovered():
            result = dbtRunner(manifest=self.manifest).invoke(
                [
                    *words,
                    *("--project-dir", str(self.project), "--profiles-dir", str(self.profiles)),
                    *("--target-path", str(self.profiles / "target")),
                    *("--log-path", str(self.profiles / "logs"), "--no-write-json", "--quiet"),
                ]
            )
        failed = [
            f"{node.node.name}: {node.message}"
            for node in getattr(result.result, "results", [])
            if node.status not in ("success", "pass")
        ]
        assert result.success, (words, failed, result.exception)
        return result.result

    def parse(self) -> None:
        self.manifest = None
        self.manifest = self.dbt("parse")

    def build(self, *models: str, full_refresh: bool = False) -> None:
        """Build these models; by default all that are partitioned."""
        words = ["run", "--select", *(models or PARTITIONED)]
        words += MEASURED if set(METRICS) & set(models) else ()
        self.dbt(*words, *(["--full-refresh"] if full_refresh else []))
        assert self.manifest
        replaced = self.replaced()
        assert replaced <= {
            node.name
            for node in self.manifest.nodes.values()
            if node.config.materialized == "partitioned"
        }
        if full_refresh:
            assert not replaced.intersection(words)

    @contextmanager
    def edited(self, *edits: tuple[str, str, str]) -> Iterator[None]:
        """The project with edits: a path, what to replace there, and by what."""
        texts, manifest = {}, self.manifest
        for path, old, new in edits:
            texts[path] = (self.project / path).read_text(encoding="utf-8")
            assert texts[path].count(old) == 1
            (self.project / path).write_text(texts[path].replace(old, new), encoding="utf-8")
        try:
            self.parse()
            yield
        finally:
            for path, text in texts.items():
                (self.project / path).write_text(text, encoding="utf-8")
            self.manifest = manifest

    # -- looking --------------------------------------------------------------------------------

    def contents(self, *names: str) -> Contents:
        """Every row of these tables and views, as sorted text."""
        contents: Contents = {name: [] for name in names}
        rows = " union all ".join(
            f"select '{name}' as name, toString(tuple(*)) as row from {placed(name)}"
            for name in names
        )
        for name, row in self.query(f"select name, row from ({rows}) order by name, row"):
            contents[name].append(row)
        return contents

    def check(self, *downstream: str) -> None:
        """What was built by steps is what a full build of the same raw data gives.

        So are ``downstream`` and the view on the rollup. The steps go on afterwards: their tables
        are put aside for the full build.
        """
        models = (*PARTITIONED, *downstream)
        found = self.contents(*models, "rpt_daily_stats")
        expected = self.in_full(PARTITIONED, downstream, "rpt_daily_stats")
        for name in expected:
            assert found[name] == expected[name], name
        self.is_settled = True

    def in_full(
        self, partitioned: Sequence[str], downstream: Sequence[str], *views: str
    ) -> Contents:
        """What these hold after a full build; the partitioned tables are put back after it."""
        moves = [(placed(name), placed(name, "_kept_")) for name in partitioned]
        replaced = [
            (placed(name, "_work_"), placed(name, "_replaced_"))
            for name in self.replaced().intersection(partitioned)
        ]
        self.command(*(f"rename table {here} to {aside}" for here, aside in moves + replaced))
        self.build(*partitioned, *downstream, full_refresh=True)
        contents = self.contents(*partitioned, *downstream, *views)
        for here, aside in moves:
            self.command(f"exchange tables {here} and {aside}", f"drop table {aside} sync")
        self.command(*(f"rename table {aside} to {here}" for here, aside in replaced))
        return contents

    def replaced(self) -> set[str]:
        """The tables beside which stands the one that they took the place of."""
        names = self.query(
            "select substring(name, length('_work_') + 1) from system.tables "
            "where database in ('{marts}', '{marts}_staging') and startsWith(name, '_work_')"
        )
        return {name for (name,) in names}

    def records(self) -> dict[str, tuple[str, int]]:
        """Generation and build of every partitioned table, as its own comment says."""
        rows = self.query(
            "select name, splitByChar(':', comment) from system.tables "
            f"where database in ('{{marts}}', '{{marts}}_staging') and name in {PARTITIONED}"
        )
        return {name: (generation, int(build)) for name, (generation, build) in rows}

    def generations(self) -> dict[str, str]:
        return {name: generation for name, (generation, _) in self.records().items()}

    def touched(self, model: str) -> list[int]:
        """The partitions that the last build of a model rebuilt."""
        generation, build = self.records()[model]
        rows = self.query(
            f"select touched from {{marts}}._model_changes where model = '{model}' "
            f"and generation = '{generation}' and build = {build} order by touched"
        )
        return [touched for (touched,) in rows]

    def partitions(self, model: str) -> set[int]:
        rows = self.query(
            "select distinct toUInt32(partition) from system.parts "
            f"where active and database = '{{marts}}' and table = '{model}'"
        )
        return {partition for (partition,) in rows}


@contextmanager
def uncovered() -> Iterator[None]:
    """Without the measuring of coverage, which makes dbt take half as long again."""
    coverage = Coverage.current()
    if coverage is not None:
        coverage.stop()
    try:
        yield
    finally:
        if coverage is not None:
            coverage.start()


@contextmanager
def fresh_marts(warehouse_path: Path, paths: pytest.TempPathFactory) -> Iterator[Marts]:
    """Marts on a copy of the project, in a schema without rows; dropped at the end."""
    schema = next(name for name in map("marts{}".format, count()) if name not in _taken)
    folder = paths.mktemp("profiles") / schema
    folder.mkdir()
    _taken.add(schema)
    with schema_of(folder, warehouse_path) as profiles:
        marts = Marts(copy_project(paths.mktemp("project")), profiles, paths.mktemp("files"))
        marts.migrate()
        if schema not in _parsed:
            marts.parse()
            assert marts.manifest
            _parsed[schema] = marts.manifest
        marts.manifest = _parsed[schema]
        yield marts
        marts.disconnect()
    _taken.remove(schema)
