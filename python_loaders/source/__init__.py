"""The opener: it hands DuckDB a view of text columns over the plain bytes of a source.

Each kind of file has a module. Nothing is ever sniffed: what does not fit is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from python_loaders.errors import InputRefused, first_line
from python_loaders.source.csv_files import open_csv
from python_loaders.source.json_files import open_json, open_json_array, open_jsonl, open_lines
from python_loaders.source.layout import Layout, kind_of, path_parts
from python_loaders.source.tree import open_tree
from python_loaders.source.typed_files import open_feather, open_parquet
from python_loaders.source.views import add_columns
from python_loaders.text_macros import MACROS
from python_loaders.unpacking import check_not_empty, fingerprint, unpack

DUCKDB_MEMORY = "512MB"


@dataclass(frozen=True)
class Source:
    """An opened source: the DuckDB view ``source`` holds it as text columns.

    Attributes:
        printed: SHA-256 (hex) and size, which are found while rows are read already.
        columns: those text columns.
        typed: DuckDB types of the columns that the file itself types; the view has each of them a
            second time, as it is, under ``typed_name``.
        named: what the path of a file says of its rows: the same bytes under another name are
            another source.
        has_no_empty_text: what is empty is NULL, as CSV is read.
    """

    path: Path
    printed: Future[tuple[str, int]]
    columns: tuple[str, ...]
    typed: dict[str, str]
    connection: duckdb.DuckDBPyConnection
    named: dict[str, str] = field(default_factory=dict)
    has_no_empty_text: bool = False

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the bytes as they lie on disk; waits until they have been read."""
        return self.printed.result()[0]

    @property
    def size_bytes(self) -> int:
        return self.printed.result()[1]

    def second_connection(self) -> duckdb.DuckDBPyConnection:
        """A connection to the same engine, for a query while another one streams."""
        connection = self.connection.cursor()
        _prepare(connection)
        return connection


@contextmanager
def open_source(path: Path, layout: Layout) -> Iterator[Source]:
    """Open a file, or a folder for the kind ``tree``.

    Raises:
        InputRefused: missing, unreadable, truncated, not UTF-8, or not of this layout.
    """
    if not path.exists():
        raise InputRefused(f"{path}: no such file; check the path")
    if not (path.is_dir() if layout.kind == "tree" else path.is_file()):
        # a pipe cannot be read twice, for its fingerprint and for its rows
        wanted = "a folder" if layout.kind == "tree" else "a regular file"
        raise InputRefused(f"{path}: this format reads {wanted}; name one")
    layout = kind_of(path, layout)
    with (
        tempfile.TemporaryDirectory(prefix="tradehouse-") as folder,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        spool = Path(folder)
        if layout.kind != "tree":
            check_not_empty(path)
            # each reads the file once; the engine starts meanwhile
            printed = pool.submit(fingerprint, path)
            unpacked = pool.submit(unpack, path, layout.kind, layout.member, spool)
        with closing(_connect(spool)) as connection:
            if layout.kind == "tree":
                sha256, size, names = open_tree(connection, path, layout)
                yield Source(path, pool.submit(lambda: (sha256, size)), names, {}, connection)
                return
            columns, typed = _open_plain(connection, unpacked.result(), path, layout)
            named = path_parts(path, layout)
            add_columns(connection, named)
            is_csv = layout.kind == "csv"
            yield Source(path, printed, (*columns, *named), typed, connection, named, is_csv)


def _connect(spool: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "memory_limit": DUCKDB_MEMORY,
            "temp_directory": str(spool / "duckdb"),
        }
    )
    _prepare(connection)
    return connection


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set TimeZone = 'UTC'")
    # it would go to standard output
    connection.execute("set enable_progress_bar = false")
    for macro in MACROS:
        connection.execute(macro)


def _open_plain(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Create the view ``source`` over the plain file; its columns, and those with a type."""
    try:
        if layout.kind == "csv":
            return open_csv(connection, plain, path, layout), {}
        if layout.kind == "jsonl":
            return open_jsonl(connection, plain, path), {}
        if layout.kind == "json":
            return open_json(connection, plain, path, layout), {}
        if layout.kind == "json_array":
            return open_json_array(connection, plain, path), {}
        if layout.kind == "lines":
            return open_lines(connection, plain, path), {}
        if layout.kind == "parquet":
            return open_parquet(connection, plain, path, layout)
        return open_feather(connection, plain, path, layout)
    except (duckdb.Error, pa.ArrowInvalid, OSError) as error:
        raise InputRefused(
            f"{path}: cannot be read as {layout.kind}: {first_line(error)}; "
            "correct the file, or name its format with --format"
        ) from error
