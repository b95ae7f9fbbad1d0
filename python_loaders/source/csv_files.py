"""CSV: the header is read and compared here, and every column is text."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb

from python_loaders.errors import InputRefused, listed
from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.source.layout import Layout, compare_header
from python_loaders.source.views import create_view, no_glob


def open_csv(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[str, ...]:
    """Create the view over a CSV file; its columns."""
    if layout.headerless and (names := _headerless(plain, path, layout)):
        create_view(connection, csv_sql([str(plain)], names, layout, has_header=False))
        return (*names, *(name for name in layout.optional if name not in names))
    header = read_header(plain, path)
    if layout.any_case:
        header = tuple(name.lower() for name in header)
    if layout.requires:
        compare_header(header, path, layout)
    create_view(connection, csv_sql([str(plain)], header, layout))
    return (*header, *(name for name in layout.optional if name not in header))


def _headerless(plain: Path, path: Path, layout: Layout) -> tuple[str, ...]:
    """The columns of a CSV without a header; none where the first line is one."""
    first = _first_record(plain, path) or [""]
    is_row = re.match(layout.begins, first[0])
    if layout.requires and not is_row:
        return ()
    for names in layout.headerless:
        if len(names) == len(first) and is_row:
            return names
    wanted = " or ".join(str(len(names)) for names in layout.headerless)
    raise InputRefused(
        f"{path}: the first line has {len(first)} columns and begins with {first[0][:40]!r}; this "
        f"format has lines of {wanted} columns that begin like {layout.begins}; the format does "
        "not fit"
    )


def csv_sql(
    files: list[str],
    header: tuple[str, ...],
    layout: Layout,
    options: str = "",
    *,
    has_header: bool = True,
) -> str:
    """Strict reading of CSV files of one header; every column is read, as text.

    Reading fewer would skip the check for missing and extra fields.
    """
    listed = ", ".join(duck_literal(no_glob(file)) for file in files)
    columns = ", ".join(f"{duck_literal(name)}: 'VARCHAR'" for name in header)
    absent = "".join(
        f", null::varchar as {duck_identifier(name)}"
        for name in layout.optional
        if name not in header
    )
    return (
        f"select *{absent} from read_csv([{listed}], auto_detect = false, "
        f"header = {str(has_header).lower()}, "
        "strict_mode = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        "allow_quoted_nulls = true, "
        f"columns = {{{columns}}}{options})"
    )


def _first_record(plain: Path, path: Path) -> list[str]:
    try:
        with plain.open("r", encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream, strict=True), [])
    except csv.Error as error:
        raise InputRefused(f"{path}: the first line is no CSV header ({error})") from error


def read_header(plain: Path, path: Path) -> tuple[str, ...]:
    """The names of the columns, each of them once."""
    # a data frame's index has an empty name in its export
    header = [name or "unnamed" for name in _first_record(plain, path)]
    if not header:
        raise InputRefused(f"{path}: no header line; the first line must name the columns")
    # the case of a name is nothing to the reader
    lowered = [name.lower() for name in header]
    twice = sorted({name for name in header if lowered.count(name.lower()) > 1})
    if twice:
        raise InputRefused(f"{path}: the header names a column twice: {listed(twice)}; rename one")
    return tuple(header)
