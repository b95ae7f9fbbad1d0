"""Fixtures of the integration tests: commands that fail, sources refused, rows of the feeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from python_loaders.cli import main
from tests.python.conftest import PROJECT, House, schema_of

# good rows, with all columns that a feed needs but the time of a cash flow
PRICE = {"symbol": "x", "market": "m", "venue": "v", "price": "1", "currency": "USD",
         "liquidity_score": "100", "snapshot_at": "2026-01-01T00:00:00Z"}  # fmt: skip
FLOW = {"account_id": "a", "flow_id": "f", "amount": "1", "currency": "USD"}


@pytest.fixture(scope="module")
def shared_profiles(
    warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    with schema_of(tmp_path_factory.mktemp("refusing"), warehouse_path) as profiles:
        yield profiles


@pytest.fixture
def refusing(shared_profiles: Path, capsys: pytest.CaptureFixture[str]) -> House:
    """A Tradehouse for files that are refused: nothing lands, so tests share it."""
    return House(shared_profiles, capsys)


def refused(house: House, feed: str, *arguments: str | Path) -> str:
    """The one line that a refused source leaves."""
    answer = house.run("load", feed, *arguments)
    assert (answer.code, answer.out) == (3, "")
    lines = answer.err.splitlines()
    assert len(lines) == 1, answer.err
    assert lines[0].startswith(f"tradehouse: {arguments[0]}: ")
    assert "Traceback" not in lines[0]
    assert len(lines[0]) < 2000
    return lines[0]


def raw_counts(house: House, feed: str = "trades") -> tuple[int, ...]:
    """Rows of the feed and, where it has one, of its key index."""
    tables = [feed, "_keys_trades"] if feed == "trades" else [feed]
    counts = ", ".join(f"(select count() from raw.{table}) as {table}_n" for table in tables)
    return tuple(house.query(f"select {counts}")[0].values())


def one_line(err: str) -> str:
    """The one line on standard error that a command leaves which fails."""
    lines = err.splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("tradehouse: ")
    return lines[0]


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with folders of its own; the exit code and standard error."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr().err

    return run


def copy_project(folder: Path) -> Path:
    """A project with the same contracts, for a test to change."""
    for path in (PROJECT / "models" / "staging").glob("*/_*__sources.yml"):
        target = folder / path.relative_to(PROJECT)
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    return folder
