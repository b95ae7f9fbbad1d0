"""Writing the files of a sample, and counting their rows."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

from python_loaders.quoting import duck_literal
from python_loaders.sample.accounts import SmallFile
from python_loaders.sample.engine import set_variables
from python_loaders.sample.manifest import file_entry
from python_loaders.sample.plan import COUNT_SLOTS, ROW_KINDS, PlannedFile, with_slots


def write_small(directory: Path, file: SmallFile) -> dict[str, Any]:
    """Write one small file row by row; its entry in the manifest."""
    part = directory / f"{file.name}.part"
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(file.columns)
        writer.writerows(file.rows)
    path = part.replace(directory / file.name)
    return file_entry(path, file.feed, Counter(file.counts), {})


def write_planned(
    connection: duckdb.DuckDBPyConnection, directory: Path, file: PlannedFile
) -> dict[str, Any]:
    """Stream one large file; its entry in the manifest, counted from the plan alone."""
    feed = file.feed
    set_variables(connection, file.variables())
    counts: Counter[str] = Counter()
    bad = dict.fromkeys(feed.bad, 0) if file.has_bad_rows else {}
    reasons = list(feed.bad)
    for kind, rows in connection.execute(with_slots(file.slots, COUNT_SLOTS)).fetchall():
        if kind >= 100:
            bad[reasons[kind - 100]] += rows
        else:
            counts[ROW_KINDS[kind]] += rows
    columns = "*" if file.has_operations else "* exclude (_op)"
    rows_sql = with_slots(file.slots, feed.row_sql)
    part = directory / f"{file.name}.part"
    # one statement: a relation would analyse its rows three times, which takes most of a small file
    connection.execute(
        f"copy (select {columns} from ({rows_sql})) to {duck_literal(str(part))} "
        "(format csv, header true)"
    )
    path = part.replace(directory / file.name)
    return file_entry(path, feed.feed, counts, bad)
