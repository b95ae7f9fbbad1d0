"""Loading trades: time against the engine's own insert, and memory by size."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks.measure import (
    PROJECT,
    Line,
    Run,
    Runs,
    compare_peaks,
    compare_seconds,
    interleaved,
    markdown,
    run_child,
    seconds_text,
)
from python_loaders.sample import write_sample

ROUNDS = 5
LOAD_LIMIT = 1.5
MEMORY_LIMIT = 1.3
CACHE = Path(tempfile.gettempdir()) / "tradehouse-benchmarks"

Say = Callable[[str], None]


def load_table(quick: bool, say: Say) -> str:
    """Measure, and the Markdown table of it."""
    rows = 1_000_000
    small, large = (200_000, rows) if quick else (rows, 10_000_000)
    clean = sample_rows(rows, say, keys=rows * 3 // 2)
    one_round = partial(_quick_round if quick else _full_round, clean, rows, say)
    runs = interleaved(ROUNDS, one_round, say)
    sized = interleaved(ROUNDS, lambda: _memory_round(small, large, say), say)
    lines = [*_time_lines(runs, rows), _memory_line(sized, small, large)]
    notes = [
        "load: `tradehouse load trades FILE.csv` in a fresh process after its imports: contracts "
        "read, warehouse opened, every value checked, deduplicated, recorded, landed exactly once",
        "insert: the engine's own `insert into ... select ... from file(csv)` of the same file "
        "into the same raw table, the statement alone",
        "memory: peak resident size of the whole process",
    ]
    title = "Loading trades from CSV" + (" (quick)" if quick else "")
    return markdown(title, ROUNDS, lines, notes)


def _time_lines(runs: Runs, rows: int) -> list[Line]:
    insert = "the engine's own insert"
    lines = [
        compare_seconds(f"load {rows:,} rows", runs["load"], insert, runs["insert"], LOAD_LIMIT),
        Line("load the same file again, 0 rows landed", seconds_text(runs["again"])),
    ]
    if "repeated" in runs:
        lines.insert(
            1,
            compare_seconds(
                f"load {rows:,} keys with 1% repeated rows",
                runs["repeated"],
                insert,
                runs["insert repeated"],
                LOAD_LIMIT,
            ),
        )
        lines.append(
            compare_seconds(
                f"load {rows:,} rows, half of them landed before",
                runs["overlapping"],
                f"load {rows:,} new rows",
                runs["load"],
            )
        )
    return lines


def _memory_line(runs: Runs, small: int, large: int) -> Line:
    return compare_peaks(
        f"peak memory of a load of {large:,} rows",
        runs[f"load {large:,}"],
        f"a load of {small:,} rows",
        runs[f"load {small:,}"],
        MEMORY_LIMIT,
    )


def _quick_round(clean: Path, rows: int, say: Say) -> dict[str, Run]:
    with _warehouse() as house:
        runs = {"load": house("land", clean, rows), "again": house("land", clean, 0)}
    with _warehouse() as house:
        runs["insert"] = house("insert", clean, rows)
    return runs


def _full_round(clean: Path, rows: int, say: Say) -> dict[str, Run]:
    with _warehouse() as house:
        runs = {"load": house("land", clean, rows), "again": house("land", clean, 0)}
        overlapping = sample_rows(rows, say, first=rows // 2, keys=rows * 3 // 2)
        runs["overlapping"] = house("land", overlapping, rows // 2)
    with _warehouse() as house:
        runs["insert"] = house("insert", clean, rows)
    repeated, repeats = sample_with_repeats(rows, say)
    with _warehouse() as house:
        runs["repeated"] = house("land", repeated, rows)
    with _warehouse() as house:
        runs["insert repeated"] = house("insert", repeated, rows + repeats)
    return runs


def _memory_round(small: int, large: int, say: Say) -> dict[str, Run]:
    runs = {}
    for rows in (small, large):
        with _warehouse() as house:
            runs[f"load {rows:,}"] = house("land", sample_rows(rows, say), rows)
    return runs


House = Callable[[str, Path, int], Run]


@contextmanager
def _warehouse() -> Iterator[House]:
    """Jobs on a fresh warehouse; each must land as many rows as it is told."""
    with tempfile.TemporaryDirectory(prefix="tradehouse-benchmark-") as folder:
        shutil.copy(PROJECT / "profiles.example.yml", Path(folder) / "profiles.yml")
        path = Path(folder) / "warehouse"
        environment = {"TRADEHOUSE_TARGET": "embedded", "TRADEHOUSE_PATH": str(path)}

        def run(job: str, file: Path, rows: int) -> Run:
            measured = run_child(job, file, folder, environment=environment)
            if measured.rows != rows:
                raise RuntimeError(f"{job} {file}: {measured.rows} rows, not {rows}")
            return measured

        yield run


def sample_rows(rows: int, say: Say, *, first: int = 0, keys: int = 0) -> Path:
    """A CSV file of ``rows`` clean trades from row ``first`` of a sample of ``keys`` trades."""
    keys = keys or rows
    path = CACHE / f"trades-{keys}-rows-{first}-to-{first + rows}.csv"
    if not path.exists():
        _write(path, keys, say, first=first, rows=rows)
    return path


def sample_with_repeats(keys: int, say: Say) -> tuple[Path, int]:
    """A CSV file of ``keys`` trades and 1% repeated rows on top, and how many those are."""
    path = CACHE / f"trades-{keys}-repeated.csv"
    if not path.exists():
        _write(path, keys, say, repeats=0.01)
    with path.open("rb") as stream:
        return path, sum(1 for _ in stream) - 1 - keys


def _write(
    path: Path, keys: int, say: Say, *, first: int = 0, rows: int | None = None, repeats: float = 0
) -> None:
    """Write a sample and join its files of trades; rows the engine cannot read are left out."""
    say(f"writing {path}")
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        write_sample(
            Path(folder),
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
