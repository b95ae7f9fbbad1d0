"""The warehouse as the loaders see it: one client, and the raw tables of the contracts."""

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

from python_loaders.contract import Feed
from python_loaders.embedded import open_client
from python_loaders.errors import ConfigurationError, WarehouseUnavailable
from python_loaders.profile import Target
from python_loaders.quoting import identifier, literal

CONNECT_ATTEMPTS = 4

# What landing adds to the columns of every feed.
META_COLUMNS = {
    "_batch_id": "LowCardinality(String)",
    "_batch_seq": "UInt64",
    "_row": "UInt64",
    "_sign": "Int8",
    "_loaded_at": "DateTime64(6, 'UTC')",
    "_row_hash": "UInt64",
}

LEDGER = "_batches"
REJECTS = "_rejects"

LEDGER_COLUMNS = {
    "feed": "LowCardinality(String)",
    "batch_seq": "UInt64",
    "batch_id": "String",
    "revision": "UInt32",
    "status": "LowCardinality(String)",
    "source": "String",
    "source_sha256": "String",
    "source_bytes": "UInt64",
    "format": "LowCardinality(String)",
    "options": "String",
    "fingerprint": "String",
    "rows_read": "UInt64",
    "rows_landed": "UInt64",
    "rows_corrected": "UInt64",
    "rows_deleted": "UInt64",
    "rows_duplicate": "UInt64",
    "rows_superseded": "UInt64",
    "rows_stale": "UInt64",
    "rows_rejected": "UInt64",
    "values_rounded": "UInt64",
    "event_time_min": "Nullable(DateTime64(6, 'UTC'))",
    "event_time_max": "Nullable(DateTime64(6, 'UTC'))",
    "started_at": "DateTime64(6, 'UTC')",
    "recorded_at": "DateTime64(6, 'UTC')",
    "message": "String",
}

_REJECT_COLUMNS = {
    "feed": "LowCardinality(String)",
    "batch_id": "LowCardinality(String)",
    "_batch_seq": "UInt64",
    "source": "LowCardinality(String)",
    "row": "UInt64",
    "column": "LowCardinality(String)",
    "value": "String",
    "reason": "LowCardinality(String)",
    "reasons": "Array(String)",
    "record": "String",
    "rejected_at": "DateTime64(6, 'UTC')",
}

_KEY_COLUMNS = {
    "key_hash": "UInt128",
    "row_hash": "UInt64",
    "partition_id": "LowCardinality(String)",
    "_sign": "Int8",
    "_batch_seq": "UInt64",
    "_row": "UInt64",
}


def key_table(feed: Feed) -> str:
    return f"_keys_{feed.name}"


def key_hash_sql(feed: Feed) -> str:
    """Hash of the natural key, as an expression over the feed's columns."""
    return f"reinterpretAsUInt128(sipHash128({', '.join(identifier(name) for name in feed.key)}))"


def row_hash_sql(feed: Feed) -> str:
    """Hash of the content of a row.

    The sum of one hash per column that is not at its default: a column that the contract gains
    later leaves the hash of older rows as it was. It tells versions of one key apart, so 64 bits
    are plenty; CityHash64 is frozen in ClickHouse and takes a fifth of SipHash's time.
    """
    terms = []
    for column in feed.columns:
        name = identifier(column.name)
        at_default = (
            f"isNull({name})" if column.nullable else f"{name} = {default_sql(feed, column.name)}"
        )
        # ifNull: the hash of NULL would be NULL, and so would the sum
        hashed = f"ifNull(cityHash64({literal(column.name)}, {name}), 0)"
        terms.append(f"if({at_default}, toUInt64(0), {hashed})")
    return "(" + " + ".join(terms) + ")"


def default_sql(feed: Feed, name: str) -> str:
    """The value of a column where the source is silent, as a typed ClickHouse expression."""
    column = feed.column(name)
    if column.base_type.startswith("Array"):
        return f"cast([], {literal(column.type)})"
    if column.default is None:
        return f"defaultValueOfTypeName({literal(column.type)})"
    return f"cast({literal(column.default)}, {literal(column.type)})"


def partition_sql(feed: Feed) -> str:
    time = identifier(feed.event_time)
    return {"none": "tuple()", "month": f"toYYYYMM({time})", "day": f"toYYYYMMDD({time})"}[
        feed.partition_by
    ]


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
        """Run a query; one dict per row."""
        result = self.client.query(sql, parameters=parameters or None)
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

    def drop(self, table: str) -> None:
        self.command(f"drop table if exists {self.name(table)}{self._on_cluster} sync")

    @property
    def _on_cluster(self) -> str:
        return f" on cluster {identifier(self.target.cluster)}" if self.target.cluster else ""

    @property
    def _engine(self) -> str:
        return "ReplicatedMergeTree" if self.target.cluster else "MergeTree"

    def ensure(self, feeds: dict[str, Feed]) -> None:
        """Create what is missing of the raw database: feeds, key indexes, ledger, rejects.

        Raises:
            ConfigurationError: a contract changed or dropped a column of an existing table.
        """
        for database in (self.target.schema, f"{self.target.schema}_staging", self.database):
            self.command(f"create database if not exists {identifier(database)}{self._on_cluster}")
        self._create(LEDGER, LEDGER_COLUMNS, order_by="feed, batch_seq, revision")
        self._create(
            REJECTS, _REJECT_COLUMNS, order_by='feed, _batch_seq, "row"', partition_by="feed"
        )
        existing: dict[str, dict[str, str]] = {}
        for row in self.rows(
            "select table, name, type from system.columns where database = {d:String}",
            d=self.database,
        ):
            existing.setdefault(row["table"], {})[row["name"]] = row["type"]
        for feed in feeds.values():
            if feed.name in existing:
                self._evolve(feed, existing[feed.name])
            else:
                self.create_feed_table(feed.name, feed)
            if feed.uses_key_index:
                self.create_key_table(key_table(feed))

    def create_feed_table(
        self,
        table: str,
        feed: Feed,
        defaults: dict[str, str] | None = None,
        merges: bool = True,
    ) -> None:
        """Create a table with the structure of a feed's raw table.

        ``defaults`` gives SQL expressions for columns that inserts leave out. A table that lives
        for one batch does without ``merges``: its deletes would wait for them, and raw merges the
        parts it is given anyway.
        """
        self._create(
            table,
            {**{column.name: column.type for column in feed.columns}, **META_COLUMNS},
            order_by=", ".join(identifier(name) for name in feed.order_by),
            partition_by=partition_sql(feed),
            defaults={
                **{
                    column.name: default_sql(feed, column.name)
                    for column in feed.columns
                    if column.default is not None
                },
                **(defaults or {}),
            },
            index="_batch_seq",
            ttl=feed.ttl,
            merges=merges,
        )

    def create_key_table(self, table: str, merges: bool = True) -> None:
        self._create(table, _KEY_COLUMNS, order_by="key_hash", index="_batch_seq", merges=merges)

    def create_rejects_table(self, table: str) -> None:
        self._create(
            table, _REJECT_COLUMNS, order_by='feed, _batch_seq, "row"', partition_by="feed"
        )

    def create_plan_table(self, table: str) -> None:
        """What becomes of the incoming rows that do not just land."""
        self._create(
            table,
            {
                "key_hash": "UInt128",
                "_row": "UInt64",
                "action": "LowCardinality(String)",
                "live_hash": "UInt64",
                "live_partition": "String",
            },
            order_by="key_hash",
        )

    def create_live_table(self, table: str) -> None:
        """The live versions of incoming keys."""
        self._create(
            table,
            {
                "key_hash": "UInt128",
                "row_hash": "UInt64",
                "partition_id": "LowCardinality(String)",
                "version": "Nullable(UInt64)",
            },
            order_by="key_hash",
        )

    def create_lock_table(self, table: str) -> None:
        self._create(table, {"at": "DateTime64(6, 'UTC')"}, order_by="at")

    def _create(
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
        lines = []
        for name, type_ in columns.items():
            default = (defaults or {}).get(name)
            lines.append(f"{identifier(name)} {type_}" + (f" default {default}" if default else ""))
        if index is not None:
            lines.append(f"index {identifier('index' + index)} {identifier(index)} type minmax")
        self.command(
            f"create table if not exists {self.name(table)}{self._on_cluster} ({', '.join(lines)}) "
            f"engine = {self._engine} partition by {partition_by} order by ({order_by})"
            + (f" ttl {ttl}" if ttl else "")
            + ("" if merges else " settings max_bytes_to_merge_at_max_space_in_pool = 1")
        )

    def _evolve(self, feed: Feed, existing: dict[str, str]) -> None:
        declared = {column.name: column.type for column in feed.columns}
        gone = sorted(set(existing) - set(declared) - set(META_COLUMNS))
        retyped = sorted(
            f"{name} from {existing[name]} to {type_}"
            for name, type_ in declared.items()
            if name in existing and existing[name] != type_
        )
        if gone or retyped:
            what = [f"drops {name}" for name in gone] + [f"changes {change}" for change in retyped]
            raise ConfigurationError(
                f"feed {feed.name}: the contract {', '.join(what)}, and {self.name(feed.name)} "
                "holds data of the old shape; put the column back, or give the new one a new name"
            )
        for name, type_ in declared.items():
            if name not in existing:
                column = feed.column(name)
                if column.required:
                    raise ConfigurationError(
                        f"feed {feed.name}: the new column {name} has no default and is not "
                        "Nullable; rows that landed before need one of the two"
                    )
                default = "" if column.default is None else f" default {default_sql(feed, name)}"
                self.command(
                    f"alter table {self.name(feed.name)}{self._on_cluster} "
                    f"add column {identifier(name)} {type_}{default}"
                )

    @contextmanager
    def exclusive(self, feed: str) -> Iterator[None]:
        """Hold the feed: a second loader waits for it.

        The embedded warehouse admits one process, so a lock of this process is enough. On a server
        a table is the lock: creating one that exists fails, and its heartbeat tells a dead holder.
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
    settings = {**target.settings, "max_partitions_per_insert_block": 0, "mutations_sync": 2}
    if target.type == "chdb":
        return _open_embedded(target.path, settings)
    try:
        return _connect_server(target, settings)
    except ClickHouseError as error:
        raise WarehouseUnavailable(
            f"the ClickHouse server {target.host}:{target.port} cannot be reached: "
            f"{_first_line(error)}; check host, port and credentials of target {target.name}"
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


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
