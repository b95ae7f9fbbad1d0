"""The DuckDB that a sample streams out of."""

from __future__ import annotations

import duckdb

from python_loaders.quoting import duck_identifier
from python_loaders.sample import market, plan, values
from python_loaders.sample.values import Variables


def open_engine(threads: int | None) -> duckdb.DuckDBPyConnection:
    """Open DuckDB in memory with all macros, by default with a thread for each core."""
    connection = duckdb.connect(":memory:", config={} if threads is None else {"threads": threads})
    # it would go to standard output
    connection.execute("set enable_progress_bar = false")
    for statement in (*values.MACROS, *market.MACROS, *plan.MACROS):
        connection.execute(statement)
    return connection


def set_variables(connection: duckdb.DuckDBPyConnection, variables: Variables) -> None:
    """Set variables for the statements that follow, so that no value stands in their text."""
    for name, value in variables.items():
        bound: object = value
        kind = "bigint"  # a small number would be an INTEGER, whose products overflow
        if not isinstance(value, int):
            kind = "varchar[]" if isinstance(value[0], str) else "bigint[]"
            bound = list(value)
        connection.execute(f"set variable {duck_identifier(name)} = ?::{kind}", [bound])
