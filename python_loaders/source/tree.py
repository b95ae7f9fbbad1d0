"""A folder of CSV files, whose paths say what their rows belong to."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import duckdb

from python_loaders.errors import InputRefused
from python_loaders.quoting import duck_identifier
from python_loaders.source.csv_files import csv_sql, read_header
from python_loaders.source.layout import Layout, compare_header
from python_loaders.source.views import create_view
from python_loaders.unpacking import check_not_empty, check_text, fingerprint


def open_tree(
    connection: duckdb.DuckDBPyConnection, root: Path, layout: Layout
) -> tuple[str, int, tuple[str, ...]]:
    """One view over every CSV below a folder whose path fits ``layout.path``.

    Returns the fingerprint of all files, their size in bytes, and the columns.
    """
    pattern = re.compile(layout.path or "")
    digest = hashlib.sha256()
    total = 0
    by_header: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
    for file in sorted(root.rglob("*.csv")):
        # the last parts of the path count, so the tree may be named at any level above them
        match = pattern.search(file.resolve().as_posix())
        if match is None:
            raise InputRefused(f"{file}: its path does not fit {layout.path}; move or rename it")
        check_not_empty(file)
        sha256, size = fingerprint(file)
        digest.update(f"{file.relative_to(root).as_posix()}\0{sha256}\n".encode())
        total += size
        check_text(file, file)
        header = read_header(file, file)
        compare_header(header, file, layout)
        by_header.setdefault(header, []).append((str(file), match.groups()))
    if not by_header:
        raise InputRefused(f"{root}: no .csv file below it; name the folder of the tree")
    connection.execute(
        "create temp table tree_paths (filename varchar, "
        + ", ".join(f"{duck_identifier(name)} varchar" for name in pattern.groupindex)
        + ")"
    )
    connection.executemany(
        f"insert into tree_paths values (?{', ?' * pattern.groups})",
        [[file, *groups] for files in by_header.values() for file, groups in files],
    )
    parts = [
        csv_sql([file for file, _ in files], header, layout, ", filename = true")
        for header, files in by_header.items()
    ]
    groups_sql = ", ".join(f"tree_paths.{duck_identifier(name)}" for name in pattern.groupindex)
    create_view(
        connection,
        f"select records.* exclude (filename), {groups_sql} "
        f"from ({' union all by name '.join(parts)}) as records "
        "join tree_paths using (filename)",
    )
    return digest.hexdigest(), total, (*layout.requires, *layout.optional, *pattern.groupindex)
