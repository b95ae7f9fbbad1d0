"""The warehouse as the loaders see it: one client to the raw database of a target."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from tempfile import NamedTemporaryFile
from typing import Any, ParamSpec, TypeVar

import pyarrow as pa
from clickhouse_connect.driver import create_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from python_loaders.embedded import MAPPED, open_client
from python_loaders.errors import ConfigurationError, WarehouseUnavailable, first_line
from python_loaders.profile import Target
from python_loaders.quoting import identifier, literal

CONNECT_ATTEMPTS = 4

# A part below 64 MiB keeps its columns in one file: making two for each took up to a third of an
# insert.
_UNMERGED = "max_bytes_to_merge_at_max_space_in_pool = 1, min_bytes_for_wide_part = 67108864"


@dataclass(frozen=True)
class Table:
    """What a raw table is made of.

    Attributes:
        columns: names and types.
        order_by: columns, as SQL.
        defaults: SQL expressions for columns that inserts leave out.
        codecs: compression of columns, where it is not the engine's own.
        index: column whose minimum and maximum let a scan skip granules.
        merges: whether the engine may merge its parts.
    """

    name: str
    columns: dict[str, str]
    order_by: str
    partition_by: str = "tuple()"
    defaults: dict[str, str] = field(default_factory=dict)
    codecs: dict[str, str] = field(default_factory=dict)
    index: str | None = None
    ttl: str | None = None
    merges: bool = True


class Warehouse:
    """A connection to the raw database of one target.

    Args:
        only_asks: it lands nothing; the embedded engine then maps files instead of copying them.

    Raises:
        WarehouseUnavailable: it cannot be reached, or another process holds the embedded one.
        ConfigurationError: the path of the embedded warehouse cannot hold one.
    """

    def __init__(self, target: Target, *, only_asks: bool = False) -> None:
        self.target = target
        self.database = target.raw_database
        self.client = _connect(target, only_asks)

    def close(self) -> None:
        self.client.close()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def command(self, sql: str, **parameters: Any) -> Any:
        return self.client.command(sql, parameters=parameters or None)

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run a query; one dict per row, with instants in UTC."""
        result = self.client.query(sql, parameters=parameters or None, tz_mode="aware")
        return list(result.named_results())

    def scalar(self, sql: str, **parameters: Any) -> Any:
        return self.client.query(sql, parameters=parameters or None).result_rows[0][0]

    def insert(self, table: str, data: pa.Table) -> None:
        """Append Arrow rows, by way of a file: docs/lessons/insert-arrow.md says why."""
        with NamedTemporaryFile(prefix="tradehouse-") as spool:
            with (
                pa.OSFile(spool.name, "wb") as file,
                pa.ipc.new_stream(file, data.schema) as writer,
            ):
                writer.write_table(data)
            # the client would copy the file for it
            if self.target.type == "chdb":
                listed = ", ".join(identifier(name) for name in data.column_names)
                self.command(
                    f"insert into {self.name(table)} ({listed}) "
                    f"from infile {literal(spool.name)} format ArrowStream"
                )
            else:
                self.client.raw_insert(
                    f"{self.database}.{table}",
                    column_names=data.column_names,
                    # a stream, not its bytes: the client would send those again over a connection
                    # that broke after the server had taken them
                    insert_block=pa.OSFile(spool.name),
                    fmt="ArrowStream",
                )

    def insert_json(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Append rows given as dicts; instants are text in UTC."""
        lines = "\n".join(json.dumps(row) for row in rows)
        self.client.raw_insert(
            f"{self.database}.{table}",
            column_names=list(rows[0]),
            insert_block=io.BytesIO(lines.encode()),
            fmt="JSONEachRow",
        )

    def name(self, table: str) -> str:
        """Qualified and quoted name of a raw table."""
        return f"{identifier(self.database)}.{identifier(table)}"

    def table_exists(self, table: str) -> bool:
        return bool(
            self.scalar(
                "select count() from system.tables "
                "where database = {d:String} and name = {t:String}",
                d=self.database,
                t=table,
            )
        )

    def partition_rows(self, table: str, condition: str = "1") -> dict[str, int]:
        """Rows per partition id of a table, of those that fulfil an SQL condition."""
        return {
            row["partition"]: int(row["n"])
            for row in self.rows(
                "select _partition_id as partition, count() as n "
                f"from {self.name(table)} where {condition} group by _partition_id"
            )
        }

    def drop(self, table: str) -> None:
        self.command(f"drop table if exists {self.name(table)}{self.on_cluster} sync")

    @property
    def on_cluster(self) -> str:
        return f" on cluster {identifier(self.target.cluster)}" if self.target.cluster else ""

    @property
    def _engine(self) -> str:
        return "ReplicatedMergeTree" if self.target.cluster else "MergeTree"

    def create_database(self, name: str) -> None:
        """Create a database if it is not there."""
        self.command(f"create database if not exists {identifier(name)}{self.on_cluster}")

    def create(self, table: Table) -> None:
        """Create a table if it is not there."""
        self.command(self.create_sql(table))

    def create_sql(self, table: Table) -> str:
        lines = []
        for name, type_ in table.columns.items():
            default = f" default {table.defaults[name]}" if name in table.defaults else ""
            codec = f" codec({table.codecs[name]})" if name in table.codecs else ""
            lines.append(f"{identifier(name)} {type_}{default}{codec}")
        if table.index is not None:
            column = table.index
            lines.append(f"index {identifier('index' + column)} {identifier(column)} type minmax")
        return (
            f"create table if not exists {self.name(table.name)}{self.on_cluster} "
            f"({', '.join(lines)}) engine = {self._engine} "
            f"partition by {table.partition_by} order by ({table.order_by})"
            + (f" ttl {table.ttl}" if table.ttl else "")
            + ("" if table.merges else f" settings {_UNMERGED}")
        )


def _connect(target: Target, only_asks: bool) -> Client:
    if target.type == "postgres":
        raise ConfigurationError(
            f"target {target.name} is PostgreSQL, where load, status, rejects and query work; name "
            "a ClickHouse target with --target"
        )
    # a deletion ends before the next statement begins
    settings = {**target.settings, "max_partitions_per_insert_block": 0, "mutations_sync": 2}
    if target.type == "chdb":
        return _open_embedded(target.path, {**MAPPED, **settings} if only_asks else settings)
    try:
        return _connect_server(target, settings)
    except ClickHouseError as error:
        raise WarehouseUnavailable(
            f"the ClickHouse server {target.host}:{target.port} cannot be reached: "
            f"{first_line(error)}; check host, port and credentials of target {target.name}"
        ) from error


P = ParamSpec("P")
R = TypeVar("R")


def _retried(error: type[Exception]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    return retry(
        retry=retry_if_exception_type(error),
        stop=stop_after_attempt(CONNECT_ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.2, max=2),
        reraise=True,
    )


@_retried(WarehouseUnavailable)
def _open_embedded(path: str, settings: dict[str, Any]) -> Client:
    return open_client(path, settings)


@_retried(ClickHouseError)
def _connect_server(target: Target, settings: dict[str, Any]) -> Client:
    return create_client(
        host=target.host,
        port=target.port,
        username=target.user,
        password=target.password,
        secure=target.secure,
        verify=target.verify,
        settings=settings,
        autogenerate_session_id=False,
    )
