"""Parquet and Feather, whose columns have types: each is text, and once more as it is."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.feather
import pyarrow.parquet

from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.source.layout import Layout, compare_header
from python_loaders.source.views import create_view, no_glob
from python_loaders.unpacking import has_page_checksums


def open_parquet(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Create the view over a Parquet file; its columns and their DuckDB types."""
    if has_page_checksums(plain):
        # DuckDB does not verify them: pyarrow reads the file once to do so
        with pyarrow.parquet.ParquetFile(plain, page_checksum_verification=True) as file:
            for _ in file.iter_batches(batch_size=1 << 16):
                pass
    relation = f"read_parquet({duck_literal(no_glob(str(plain)))})"
    return _view_typed(connection, relation, path, layout)


def open_feather(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Create the view over a Feather file; its columns and their DuckDB types."""
    # a table of memory-mapped buffers where the file is not compressed
    table = pyarrow.feather.read_table(plain, memory_map=True)
    # damaged offsets would read out of bounds, and the format has no checksum
    table.validate(full=True)
    connection.register("feather_table", table)
    return _view_typed(connection, "feather_table", path, layout)


def typed_name(name: str) -> str:
    """Name, in the view ``source``, of a column as the file types it."""
    return f"{name} typed"


def text_of(value: str, type_: str) -> str:
    """A value of a DuckDB type as the text that the contract casts."""
    if type_.endswith("]") or type_.startswith(("STRUCT", "MAP")):
        return f"to_json({value})::varchar"
    return f"{value}::varchar"


def _view_typed(
    connection: duckdb.DuckDBPyConnection, relation: str, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    types = {name: str(type_) for name, type_, *_ in described}
    if layout.requires:
        compare_header(tuple(types), path, layout)
    absent = [name for name in layout.optional if name not in types]
    fields = [
        f"{text_of(duck_identifier(name), type_)} as {duck_identifier(name)}, "
        f"{duck_identifier(name)} as {duck_identifier(typed_name(name))}"
        for name, type_ in types.items()
    ]
    fields += [f"null::varchar as {duck_identifier(name)}" for name in absent]
    create_view(connection, f"select {', '.join(fields)} from {relation}")
    return (*types, *absent), types
