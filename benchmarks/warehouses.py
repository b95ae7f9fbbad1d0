"""Fresh warehouses for the jobs, and the files that they load."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

import duckdb

from benchmarks.measure import PROJECT, Run, run_child
from python_loaders.casting import UNSIGNED
from python_loaders.contract import Column, Feed
from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.sample import write_sample

CACHE = Path(tempfile.gettempdir()) / "tradehouse-benchmarks"

Say = Callable[[str], None]


class House(Protocol):
    """Runs a job of ``benchmarks.jobs`` on one warehouse."""

    def __call__(
        self, job: str, file: Path | None = None, rows: int | None = None, words: Sequence[str] = ()
    ) -> Run: ...


@contextmanager
def fresh_warehouse() -> Iterator[House]:
    """Jobs on a fresh warehouse; each must tell of as many rows as are asked for."""
    with tempfile.TemporaryDirectory(prefix="tradehouse-benchmark-") as folder:
        shutil.copy(PROJECT / "profiles.example.yml", Path(folder) / "profiles.yml")
        path = Path(folder) / "warehouse"
        environment = {"TRADEHOUSE_TARGET": "embedded", "TRADEHOUSE_PATH": str(path)}

        def run(
            job: str, file: Path | None = None, rows: int | None = None, words: Sequence[str] = ()
        ) -> Run:
            files = [] if file is None else [file]
            measured = run_child(job, folder, *files, *words, environment=environment)
            if rows is not None and measured.rows != rows:
                raise RuntimeError(f"{job} {file}: {measured.rows} rows, not {rows}")
            return measured

        yield run


def sample_rows(
    cuts: Sequence[tuple[int, int]], say: Say, *, keys: int, days: int = 120
) -> list[Path]:
    """CSV files of clean trades, cut from one sample of ``keys`` trades in order of their closing.

    Args:
        cuts: first row and number of rows of each file.
    """
    files = [
        CACHE / f"trades-{keys}-in-{days}-days-rows-{first}-to-{first + rows}.csv"
        for first, rows in cuts
    ]
    if not all(file.exists() for file in files):
        _write(dict(zip(files, cuts, strict=True)), say, keys=keys, days=days)
    return files


def as_parquet(file: Path, feed: Feed) -> Path:
    """The same rows in a Parquet file, typed as the contract says."""
    columns = ", ".join(
        f"cast({duck_identifier(column.name)} as {_parquet_type(column)}) "
        f"as {duck_identifier(column.name)}"
        for column in feed.columns
    )
    return write_parquet(
        file.with_suffix(".parquet"),
        f"select {columns} from read_csv({duck_literal(str(file))}, header = true, "
        "all_varchar = true)",
    )


def write_parquet(path: Path, select: str, options: str = "") -> Path:
    """A file of the rows of a select of DuckDB, where it is not there yet."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(
                f"copy ({select}) to {duck_literal(f'{path}.part')} (format parquet{options})"
            )
        Path(f"{path}.part").replace(path)
    return path


def _parquet_type(column: Column) -> str:
    base = column.base_type
    if base.startswith("Decimal"):
        return base
    if base.startswith("DateTime64"):
        return "timestamptz"
    return {"String": "varchar", "Array(String)": "varchar[]", "Float64": "double", **UNSIGNED}[
        base
    ]


def sample_with_repeats(keys: int, say: Say) -> tuple[Path, int]:
    """A CSV file of ``keys`` trades and 1% repeated rows on top, and how many those are."""
    path = CACHE / f"trades-{keys}-repeated.csv"
    if not path.exists():
        _write({path: (0, None)}, say, keys=keys, days=120, repeats=0.01)
    with path.open("rb") as stream:
        return path, sum(1 for _ in stream) - 1 - keys


def _write(
    cuts: Mapping[Path, tuple[int, int | None]],
    say: Say,
    *,
    keys: int,
    days: int,
    repeats: float = 0,
) -> None:
    """Write a sample, and the cuts of it; rows the engine cannot read are left out."""
    say(f"writing a sample of {keys:,} trades")
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        write_sample(
            Path(folder),
            days=days,
            trades=keys,
            prices=1,
            indicators=1,
            share_duplicates=repeats,
            share_late=0,
            share_corrections=0,
            share_bad=0,
        )
        for path, (first, rows) in cuts.items():
            part = Path(folder) / "part"
            with part.open("wb") as out:
                lines = _joined(sorted(Path(folder).glob("trades-*.csv")))
                out.write(next(lines))
                out.writelines(islice(lines, first, None if rows is None else first + rows))
            part.replace(path)


def _joined(files: list[Path]) -> Iterator[bytes]:
    """The lines of CSV files of one header, the header once."""
    for number, file in enumerate(files):
        with file.open("rb") as stream:
            yield from islice(stream, 1 if number else 0, None)
