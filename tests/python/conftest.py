"""Shared fixtures: a real warehouse per test, and the real files where they are."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from python_loaders.cli import main
from python_loaders.contract import Feed, load_feeds
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse
from tests.python.engine import hold_engine

PROJECT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("TRADEHOUSE_REAL_DATA", PROJECT.parent / "shared" / "data"))

PROFILE = """
tradehouse:
  target: embedded
  outputs:
    embedded:
      type: chdb
      chdb_path: {path}
      schema: {schema}
      threads: 2
      custom_settings: {{join_use_nulls: 1, cast_keep_nullable: 1, prefer_column_name_to_alias: 1}}
"""


# the folder of tests whose warehouse takes longer to build than most of them
SHARED = "partitioned"
PROVE = bool(os.environ.get("TRADEHOUSE_PROVE"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long proofs to `make prove`."""
    if not PROVE:
        items[:] = [item for item in items if item.get_closest_marker("long") is None]


class ByWarehouse(LoadFileScheduling):
    """A file of tests, or a folder that shares a warehouse, goes to one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return str(Path(file).parent) if SHARED in Path(file).parts else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWarehouse:
    return ByWarehouse(config, log)


def copy_project(folder: Path) -> Path:
    """The dbt project in another folder, for a test to change."""
    for name in ("models", "macros", "seeds", "snapshots", "tests/generic", "tests/singular"):
        shutil.copytree(PROJECT / name, folder / name)
    shutil.copyfile(PROJECT / "dbt_project.yml", folder / "dbt_project.yml")
    return folder


@dataclass(frozen=True)
class Answer:
    """What a command left: exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The output of a command that was called with --json."""
        return list(json.loads(self.out))


class House:
    """A Tradehouse of its own: a schema in the warehouse of the test process."""

    def __init__(self, profiles: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.profiles = profiles
        self._capture = capture

    def run(self, *arguments: str | Path, project: Path = PROJECT) -> Answer:
        """Run a command of the command line in this process."""
        self._capture.readouterr()
        words = [str(word) for word in arguments]
        code = main([*words, "--project-dir", str(project), "--profiles-dir", str(self.profiles)])
        out, err = self._capture.readouterr()
        return Answer(code, out, err)

    def load(self, feed: str, *arguments: str | Path) -> dict[str, Any]:
        """Load one source; its counts."""
        answer = self.run("load", feed, *arguments, "--json")
        assert answer.code == 0, answer.err
        return answer.rows[0]

    def query(self, sql: str) -> list[dict[str, Any]]:
        answer = self.run("query", sql.replace("raw.", f"{self.schema}_raw."), "--json")
        assert answer.code == 0, answer.err
        return answer.rows

    @property
    def schema(self) -> str:
        return self.profiles.name

    def open(self) -> Warehouse:
        return Warehouse(read_target(PROJECT, self.profiles))


@pytest.fixture(scope="session")
def warehouse_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # one process takes one embedded warehouse, so the tests of a process share it
    return tmp_path_factory.mktemp("warehouse")


@contextmanager
def schema_of(profiles: Path, warehouse_path: Path) -> Iterator[Path]:
    """A profile in a folder, with a schema of the folder's name that is dropped at the end."""
    text = PROFILE.format(path=warehouse_path, schema=profiles.name)
    (profiles / "profiles.yml").write_text(text, encoding="utf-8")
    hold_engine(warehouse_path)
    yield profiles
    with Warehouse(read_target(PROJECT, profiles)) as warehouse:
        for suffix in ("", "_staging", "_raw"):
            warehouse.command(f'drop database if exists "{profiles.name}{suffix}" sync')


@pytest.fixture
def house(
    warehouse_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[House]:
    with schema_of(tmp_path_factory.mktemp("house"), warehouse_path) as profiles:
        yield House(profiles, capsys)


@pytest.fixture(scope="session")
def feeds() -> dict[str, Feed]:
    return load_feeds(PROJECT)


TRADE = {
    "trade_id": "t1",
    "account_id": "a",
    "symbol": "BTC/USDT",
    "market": "spot",
    "strategy": "s",
    "side": "long",
    "entry_price": "100",
    "exit_price": "110",
    "quantity": "2",
    "quote_currency": "USDT",
    "opened_at": "2026-01-05T10:00:00Z",
    "closed_at": "2026-01-05T11:00:00Z",
}


def trade(**changes: str) -> dict[str, str]:
    """A good trade, with changes."""
    return {**TRADE, **changes}


WriteCsv = Callable[..., Path]


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteCsv:
    """Write rows (dicts with the same keys) to a CSV file of the given name."""

    def write(rows: Sequence[dict[str, str]], name: str = "trades.csv") -> Path:
        path = tmp_path / name
        lines = [",".join(rows[0])]
        lines += [",".join(_field(value) for value in row.values()) for row in rows]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def _field(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"\n') else value


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files; tests that use it carry the marker real_data."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real files in {REAL_DATA}")
    return REAL_DATA
