"""The same files on both engines: loaded, and built into the core marts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from python_loaders import commands
from python_loaders.contract import Feed
from python_loaders.loader import Options, load_path
from python_loaders.postgres_target import commands as of_postgres
from python_loaders.postgres_target.connection import PostgresWarehouse
from python_loaders.profile import read_target
from python_loaders.status import COUNTS
from python_loaders.warehouse import Warehouse
from tests.python.conftest import PROJECT, PROVE
from tests.python.marts import Marts, fresh_marts
from tests.python.postgres.conftest import Postgres
from tests.python.postgres.parity import CORE, Compared, compare

PROFILE = """
tradehouse:
  target: postgres
  outputs:
    postgres:
      type: postgres
      host: {socket}
      port: 5432
      user: {user}
      password: ""
      dbname: {database}
      schema: {schema}
      threads: 4
"""

# the statement file of the runbook
GRANTS = (PROJECT / "docs" / "runbooks" / "postgres-target.sql").read_text(encoding="utf-8")
WRITER, READER = "tradehouse_writer", "tradehouse_reader"


def write_profile(folder: Path, postgres: Postgres, database: str, user: str = "postgres") -> Path:
    """A profile whose target is a database, with the folder's name as schema."""
    text = PROFILE.format(socket=postgres.socket, database=database, schema=folder.name, user=user)
    (folder / "profiles.yml").write_text(text, encoding="utf-8")
    return folder


@contextmanager
def fresh_database(postgres: Postgres) -> Iterator[str]:
    """A database whose sessions are in another zone than UTC."""
    name = f"target_{uuid.uuid4().hex[:12]}"
    with postgres.connect() as admin:
        admin.execute(f"create database {name}".encode())
        admin.execute(f"alter database {name} set timezone = 'America/New_York'".encode())
    yield name
    with postgres.connect() as admin:
        admin.execute(f"drop database {name} with (force)".encode())


def load_both(
    warehouse: Warehouse,
    target: PostgresWarehouse,
    feeds: dict[str, Feed],
    feed: str,
    path: Path,
    options: Options,
) -> None:
    """Load a file on both engines; what becomes of its rows is the same."""
    places = (commands.landing_of(warehouse), of_postgres.landing_of(target))
    both = [load_path(place, feeds, feed, path, options) for place in places]
    for ours, theirs in zip(*both, strict=True):
        for name in ("batch_id", "status", "event_time_min", "event_time_max", *COUNTS.values()):
            said = [getattr(one.batch, name) for one in (ours, theirs)]
            assert said[0] == said[1], (path, name, said)
        assert ours.repeated == theirs.repeated, path


class Engines:
    """A warehouse on ClickHouse and one on PostgreSQL, of the same project."""

    def __init__(self, marts: Marts, other: Marts, connection: psycopg.Connection[Any]) -> None:
        self.marts, self.other, self.connection = marts, other, connection
        self.target: PostgresWarehouse = of_postgres.open_warehouse(
            read_target(PROJECT, other.profiles), marts.feeds
        )

    def load(self, feed: str, path: Path, options: Options) -> None:
        load_both(self.marts.warehouse, self.target, self.marts.feeds, feed, path, options)

    def build(self, *words: str) -> None:
        upstream = [f"+{name}" for name in CORE]
        self.marts.dbt(
            "build", "--exclude-resource-type", "test", "unit_test", "--select", *upstream, *words
        )
        # there every model is a core mart or upstream of one
        left_out = ("unit_test",) if PROVE else ("test", "unit_test")
        self.other.dbt("build", "--exclude-resource-type", *left_out, *words)

    def compare(self, tables: Mapping[str, str]) -> list[Compared]:
        """Compare tables, each by a condition of its rows, as a role that may only read."""
        self.connection.execute(f"set role {READER}".encode())
        schemas = self.marts.schema, self.other.schema
        return compare(self.marts.warehouse, self.connection, schemas, tables)

    def close(self) -> None:
        self.target.connection.close()
        self.connection.close()


@contextmanager
def both_engines(
    postgres: Postgres, warehouse_path: Path, paths: pytest.TempPathFactory
) -> Iterator[Engines]:
    with (
        fresh_marts(warehouse_path, paths) as marts,
        fresh_database(postgres) as database,
        postgres.connect(database) as connection,
    ):
        profiles = write_profile(paths.mktemp("postgres"), postgres, database, WRITER)
        connection.execute(GRANTS.replace("schema tradehouse", f"schema {profiles.name}").encode())
        other = Marts(marts.project, profiles, profiles)
        other.parse()
        engines = Engines(marts, other, connection)
        yield engines
        engines.close()
