"""The warehouse as the loaders see it: one client to the raw database of a target."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, ParamSpec, TypeVar

import pyarrow as pa
from clickhouse_connect.driver import create_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from python_loaders.embedded import open_client
from python_loaders.errors import WarehouseUnavailable, first_line
from python_loaders.profile import Target
from python_loaders.quoting import identifier

CONNECT_ATTEMPTS = 4


class Warehouse:
    """A connection to the raw database of one target.

    Raises:
        WarehouseUnavailable: it cannot be reached, or another process holds the embedded one.
        ConfigurationError: the path of the embedded warehouse cannot hold one.
    """

    # Embedded warehouses: loaders in threads of this process exclude each other per feed.
    _locks: ClassVar[dict[tuple[str, str], threading.Lock]] = {}
    _locks_guard = threading.Lock()

    def __init__(self, target: Target) -> None:
        self.target = target
        self.database = target.raw_database
        self.client = _connect(target)

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
        """Append Arrow rows; half the time of the client's own insert_arrow."""
        buffer = io.BytesIO()
        with pa.ipc.new_stream(buffer, data.schema) as writer:
            writer.write_table(data)
        # a stream, not its bytes: the client would send those again over a connection that broke
        # after the server had taken them
        buffer.seek(0)
        self.client.raw_insert(
            f"{self.database}.{table}",
            column_names=data.column_names,
            insert_block=buffer,
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

    def create(
        self,
        table: str,
        columns: dict[str, str],
        *,
        order_by: str,
        partition_by: str = "tuple()",
        defaults: dict[str, str] | None = None,
        index: str | None = None,
        ttl: str | None = None,
        merges: bool = True,
    ) -> None:
        """Create a table of ``columns``, names and types, if it is not there.

        Args:
            defaults: SQL expressions for columns that inserts leave out.
            index: column whose minimum and maximum let a scan skip granules.
            merges: whether the engine may merge the table's parts.
        """
        lines = []
        for name, type_ in columns.items():
            default = (defaults or {}).get(name)
            lines.append(f"{identifier(name)} {type_}" + (f" default {default}" if default else ""))
        if index is not None:
            lines.append(f"index {identifier('index' + index)} {identifier(index)} type minmax")
        self.command(
            f"create table if not exists {self.name(table)}{self.on_cluster} ({', '.join(lines)}) "
            f"engine = {self._engine} partition by {partition_by} order by ({order_by})"
            + (f" ttl {ttl}" if ttl else "")
            + ("" if merges else " settings max_bytes_to_merge_at_max_space_in_pool = 1")
        )

    @contextmanager
    def exclusive(self, feed: str) -> Iterator[None]:
        """Hold the feed: a second loader waits for it.

        The embedded warehouse admits one process, so a lock of this process is enough; on a server
        loaders exclude each other by tables (``feed_lock``).
        """
        from python_loaders.feed_lock import server_lock

        if self.target.type == "clickhouse":
            with server_lock(self, feed):
                yield
            return
        with Warehouse._locks_guard:
            lock = Warehouse._locks.setdefault((self.target.path, feed), threading.Lock())
        with lock:
            yield


def _connect(target: Target) -> Client:
    # a deletion ends before the next statement begins
    settings = {**target.settings, "max_partitions_per_insert_block": 0, "mutations_sync": 2}
    if target.type == "chdb":
        return _open_embedded(target.path, settings)
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
