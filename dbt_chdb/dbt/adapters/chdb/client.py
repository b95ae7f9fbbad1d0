"""The handle behind a dbt connection."""

import uuid
from typing import Any

from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from dbt.adapters.chdb.credentials import ChdbCredentials
from dbt.adapters.clickhouse.column import ClickHouseColumn
from dbt.adapters.clickhouse.credentials import ClickHouseCredentials
from dbt.adapters.clickhouse.httpclient import ChHttpClient
from dbt.adapters.clickhouse.query import quote_identifier
from dbt.adapters.clickhouse.util import hide_stack_trace
from dbt.adapters.exceptions.connection import FailedToConnectError
from dbt_common.exceptions import DbtDatabaseError

from python_loaders.embedded import open_client
from python_loaders.errors import TradehouseError

# A build runs each statement once: docs/lessons/compiled-once.md.
UNCOMPILED = {
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}


class ChdbClient(ChHttpClient):
    """dbt-clickhouse's client, on the engine inside the process.

    Each has its own handle, so connections run in parallel and keep their session settings apart.
    """

    def __init__(self, credentials: ChdbCredentials) -> None:
        self._path = credentials.chdb_path
        self._mark = f"dbt-{uuid.uuid4()}"
        super().__init__(credentials)

    def columns_in_query(self, sql: str, **kwargs: Any) -> list[ClickHouseColumn]:
        """Names and types, for contracts; upstream plans a query of no rows, which takes longer."""
        try:
            described = self._client.query(f"describe (\n{sql}\n)", **kwargs)
        except DatabaseError as ex:
            raise DbtDatabaseError(hide_stack_trace(ex)) from ex
        return [
            ClickHouseColumn(name, get_from_name(" ".join(type_name.split())).name)
            for name, type_name, *_ in described.result_rows
        ]

    def kill(self) -> None:
        """End the statement that another thread runs on this handle, and wait for it."""
        killer = open_client(self._path, {})
        try:
            killer.command(
                "kill query where Settings['log_comment'] = {mark:String} sync",
                parameters={"mark": self._mark},
            )
        finally:
            killer.close()

    def _create_client(self, credentials: ClickHouseCredentials) -> Client:
        # a handle is a session already, and rejects the id of one
        settings = {k: v for k, v in self._conn_settings.items() if k != "session_id"}
        try:
            return open_client(self._path, {**UNCOMPILED, **settings, "log_comment": self._mark})
        except TradehouseError as ex:
            raise FailedToConnectError(str(ex)) from ex

    def _ensure_database(self, database_engine: str | None, cluster_name: str | None) -> None:
        # not remembered per process as upstream does: an engine that is closed and opened again,
        # in memory or at another path, starts without it
        if self.database:
            name = quote_identifier(self.database)
            self.command(f"create database if not exists {name}")  # type: ignore[no-untyped-call]
            self._set_client_database()  # type: ignore[no-untyped-call]
