"""Fixtures of the integration tests: commands that fail, sources refused, rows of the feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from python_loaders.cli import main
from tests.python.conftest import House, schema_of

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


# Net PnL of a trade, from the landed row alone; the gross profit is money, of twelve decimals.
NET = (
    "round(cast((exit_price - entry_price) as Decimal(76, 12)) * quantity, 12) "
    "* if(side = 'long', 1, -1) - entry_fee - exit_fee + funding"
)


def landed(house: House, columns: str, order: str = "trade_id") -> list[tuple[Any, ...]]:
    """Columns of the landed trades; decimals as they are."""
    with house.open() as warehouse:
        rows = warehouse.rows(f"select {columns} from {warehouse.name('trades')} order by {order}")
    return [tuple(row.values()) for row in rows]


def net(house: House) -> list[Decimal]:
    return [row[0].normalize() for row in landed(house, f"{NET} as net", "trade_id, net")]
