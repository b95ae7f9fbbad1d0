"""Loading trades: time against the engine's own insert and other loaders, and memory by size."""

from __future__ import annotations

from functools import partial
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
    per_million,
    run_peer,
    seconds_text,
)
from benchmarks.warehouses import (
    Say,
    as_parquet,
    fresh_warehouse,
    sample_rows,
    sample_with_repeats,
)
from python_loaders.contract import load_feeds

ROUNDS = 5
LOAD_LIMIT = 1.0
MEMORY_LIMIT = 1.3
# of the time that the row-at-a-time loader takes for as many rows
ROW_AT_A_TIME_LIMIT = 0.01
ROW_AT_A_TIME_ROWS = 2_000


def load_table(quick: bool, say: Say) -> str:
    """Measure, and the Markdown table of it."""
    rows = 1_000_000
    small, large = (200_000, rows) if quick else (rows, 10_000_000)
    clean, overlapping = sample_rows([(0, rows), (rows // 2, rows)], say, keys=rows * 3 // 2)
    one_round = (
        partial(_quick_round, clean, rows)
        if quick
        else partial(_full_round, clean, overlapping, rows, say)
    )
    runs = interleaved(ROUNDS, one_round, say)
    sized = interleaved(ROUNDS, lambda: _memory_round(small, large, say), say)
    lines = [*_time_lines(runs, rows), _memory_line(sized, small, large)]
    notes = [
        "load: `tradehouse load trades FILE.csv` in a fresh process after its imports: contracts "
        "read, warehouse opened, every value checked, deduplicated, recorded, landed exactly once; "
        "the raw tables are there before, as for the insert",
        "insert: the engine's own `insert into ... select ... from file(...)` of the same file "
        "into the same raw table, the statement alone",
        "memory: peak resident size of the whole process",
    ]
    if not quick:
        notes += [
            "dlt: the file as Arrow by pyarrow's CSV reader, `merge` by the same key, no checks",
            "SQLAlchemy: `merge` and a commit for each row; PostgreSQL as its wheel sets it up",
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
        lines += [
            compare_seconds(
                f"load {rows:,} keys with 1% repeated rows",
                runs["repeated"], insert, runs["insert repeated"],
            ),
            compare_seconds(
                f"load {rows:,} rows of Parquet", runs["parquet"], insert, runs["insert parquet"]
            ),
            compare_seconds(
                f"load {rows:,} rows, half of them landed before",
                runs["overlapping"], f"load {rows:,} new rows", runs["load"],
            ),
            compare_seconds(
                f"load {rows:,} rows", runs["load"], "dlt into DuckDB, merged", runs["dlt"]
            ),
            compare_seconds(
                f"load {rows:,} rows, per million",
                per_million(runs["load"]),
                f"SQLAlchemy into PostgreSQL, {ROW_AT_A_TIME_ROWS:,} rows, per million",
                per_million(runs["sqlalchemy"]),
                ROW_AT_A_TIME_LIMIT,
            ),
        ]  # fmt: skip
    return lines


def _memory_line(runs: Runs, small: int, large: int) -> Line:
    return compare_peaks(
        f"peak memory of a load of {large:,} rows",
        runs[f"load {large:,}"],
        f"a load of {small:,} rows",
        runs[f"load {small:,}"],
        MEMORY_LIMIT,
    )


def _quick_round(clean: Path, rows: int) -> dict[str, Run]:
    with fresh_warehouse() as house:
        house("create")
        runs = {"load": house("land", clean, rows), "again": house("land", clean, 0)}
    with fresh_warehouse() as house:
        runs["insert"] = house("insert", clean, rows)
    return runs


def _full_round(clean: Path, overlapping: Path, rows: int, say: Say) -> dict[str, Run]:
    typed = as_parquet(clean, load_feeds(PROJECT)["trades"])
    with fresh_warehouse() as house:
        house("create")
        runs = {"load": house("land", clean, rows), "again": house("land", clean, 0)}
        runs["overlapping"] = house("land", overlapping, rows // 2)
    with fresh_warehouse() as house:
        runs["insert"] = house("insert", clean, rows)
    repeated, repeats = sample_with_repeats(rows, say)
    with fresh_warehouse() as house:
        house("create")
        runs["repeated"] = house("land", repeated, rows)
    with fresh_warehouse() as house:
        runs["insert repeated"] = house("insert", repeated, rows + repeats)
    with fresh_warehouse() as house:
        house("create")
        runs["parquet"] = house("land", typed, rows)
    with fresh_warehouse() as house:
        runs["insert parquet"] = house("insert", typed, rows)
    runs["dlt"] = run_peer("dlt", clean, rows)
    runs["sqlalchemy"] = run_peer("sqlalchemy", clean, ROW_AT_A_TIME_ROWS)
    return runs


def _memory_round(small: int, large: int, say: Say) -> dict[str, Run]:
    runs = {}
    for rows in (small, large):
        with fresh_warehouse() as house:
            (file,) = sample_rows([(0, rows)], say, keys=rows)
            runs[f"load {rows:,}"] = house("land", file, rows)
    return runs
