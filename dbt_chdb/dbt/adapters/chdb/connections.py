"""Connections to the embedded engine."""

import gc
from multiprocessing.context import SpawnContext
from pathlib import Path

import agate
from dbt.adapters.chdb.client import ChdbClient
from dbt.adapters.chdb.credentials import ChdbCredentials
from dbt.adapters.clickhouse.connections import ClickHouseConnectionManager, ddl_re
from dbt.adapters.contracts.connection import AdapterRequiredConfig, AdapterResponse, Connection
from dbt.adapters.events.logging import AdapterLogger
from dbt.flags import get_flags
from dbt_common.clients.agate_helper import empty_table

logger = AdapterLogger("chdb")
NO_ROWS = empty_table()  # type: ignore[no-untyped-call]
# New objects after which Python looks for unused ones: docs/lessons/objects-that-stay.md.
OBJECTS = 200_000


class ChdbConnectionManager(ClickHouseConnectionManager):
    """One engine handle for each dbt connection, that is for each thread."""

    TYPE = "chdb"

    def __init__(self, profile: AdapterRequiredConfig, mp_context: SpawnContext) -> None:
        super().__init__(profile, mp_context)
        gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
        credentials = profile.credentials
        assert isinstance(credentials, ChdbCredentials)
        # `dbt debug` brings a profile without its project
        flags = get_flags()  # type: ignore[no-untyped-call]
        root = getattr(profile, "project_root", None) or getattr(flags, "PROJECT_DIR", None)
        credentials.resolve(Path(root or ".").absolute())

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        """Give `connection` its handle; raises FailedToConnectError with one line."""
        if connection.state == "open":
            return connection
        return cls.retry_connection(
            connection,
            connect=lambda: ChdbClient(connection.credentials),
            logger=logger,
            retryable_exceptions=[],
        )

    def execute(
        self, sql: str, auto_begin: bool = False, fetch: bool = False, limit: int | None = None
    ) -> tuple[AdapterResponse, agate.Table]:
        """Run a statement; upstream makes another table of no rows for each, 1 to 2 ms."""
        if fetch and not ddl_re.match(sql):
            return super().execute(sql, auto_begin, fetch, limit)
        self.add_query(sql, auto_begin)
        return AdapterResponse("OK"), NO_ROWS

    def cancel(self, connection: Connection) -> None:
        """End what `connection` is running: closing its handle would wait for it instead."""
        logger.debug(f"Cancelling query '{connection.name}'")
        connection.handle.kill()
        connection.handle.close()
