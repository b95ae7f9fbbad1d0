"""Fresh warehouses for the jobs, and the files that they load."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

from benchmarks.measure import PROJECT, Run, run_child
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


def sample_rows(rows: int, say: Say, *, first: int = 0, keys: int = 0, days: int = 120) -> Path:
    """A CSV file of ``rows`` clean trades from row ``first`` of a sample of ``keys`` trades.

    They are ordered by the instant they closed.
    """
    keys = keys or rows
    path = CACHE / f"trades-{keys}-in-{days}-days-rows-{first}-to-{first + rows}.csv"
    if not path.exists():
        _write(path, keys, say, first=first, rows=rows, days=days)
    return path


def sample_with_repeats(keys: int, say: Say) -> tuple[Path, int]:
    """A CSV file of ``keys`` trades and 1% repeated rows on top, and how many those are."""
    path = CACHE / f"trades-{keys}-repeated.csv"
    if not path.exists():
        _write(path, keys, say, repeats=0.01)
    with path.open("rb") as stream:
        return path, sum(1 for _ in stream) - 1 - keys


def _write(
    path: Path,
    keys: int,
    say: Say,
    *,
    first: int = 0,
    rows: int | None = None,
    repeats: float = 0,
    days: int = 120,
) -> None:
    """Write a sample and join its files of trades; rows the engine cannot read are left out."""
    say(f"writing {path}")
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
        joined = Path(folder) / "joined"
        with joined.open("wb") as out:
            lines = _joined(sorted(Path(folder).glob("trades-*.csv")))
            out.write(next(lines))
            out.writelines(islice(lines, first, None if rows is None else first + rows))
        joined.replace(path)


def _joined(files: list[Path]) -> Iterator[bytes]:
    """The lines of CSV files of one header, the header once."""
    for number, file in enumerate(files):
        with file.open("rb") as stream:
            yield from islice(stream, 1 if number else 0, None)
