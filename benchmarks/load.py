"""Loading trades: time against the engine's own insert, and memory by size."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.measure import (
    Line,
    Run,
    Runs,
    compare_peaks,
    compare_seconds,
    interleaved,
    markdown,
    seconds_text,
)
from benchmarks.warehouses import Say, fresh_warehouse, sample_rows, sample_with_repeats

ROUNDS = 5
LOAD_LIMIT = 1.5
MEMORY_LIMIT = 1.3


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
    with fresh_warehouse() as house:
        runs = {"load": house("land", clean, rows), "again": house("land", clean, 0)}
    with fresh_warehouse() as house:
        runs["insert"] = house("insert", clean, rows)
    return runs


def _full_round(clean: Path, rows: int, say: Say) -> dict[str, Run]:
    with fresh_warehouse() as house:
        runs = {"load": house("land", clean, rows), "again": house("land", clean, 0)}
        overlapping = sample_rows(rows, say, first=rows // 2, keys=rows * 3 // 2)
        runs["overlapping"] = house("land", overlapping, rows // 2)
    with fresh_warehouse() as house:
        runs["insert"] = house("insert", clean, rows)
    repeated, repeats = sample_with_repeats(rows, say)
    with fresh_warehouse() as house:
        runs["repeated"] = house("land", repeated, rows)
    with fresh_warehouse() as house:
        runs["insert repeated"] = house("insert", repeated, rows + repeats)
    return runs


def _memory_round(small: int, large: int, say: Say) -> dict[str, Run]:
    runs = {}
    for rows in (small, large):
        with fresh_warehouse() as house:
            runs[f"load {rows:,}"] = house("land", sample_rows(rows, say), rows)
    return runs
