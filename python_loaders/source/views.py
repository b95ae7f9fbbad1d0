"""The view ``source`` in DuckDB, whatever it is a view of."""

from __future__ import annotations

import re

import duckdb

from python_loaders.quoting import duck_identifier, duck_literal


def create_view(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Make a select the view ``source``."""
    connection.execute(f"create or replace temp view source as {sql}")


def add_columns(connection: duckdb.DuckDBPyConnection, named: dict[str, str]) -> None:
    """Add columns of the same text in every row to the view ``source``; NULL for empty."""
    if named:
        fields = ", ".join(
            f"nullif({duck_literal(value)}, '') as {duck_identifier(name)}"
            for name, value in named.items()
        )
        connection.execute("alter view source rename to source_rows")
        create_view(connection, f"select *, {fields} from source_rows")


def no_glob(location: str) -> str:
    """A literal path, where DuckDB would read ``*``, ``?`` and ``[`` as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", location)
