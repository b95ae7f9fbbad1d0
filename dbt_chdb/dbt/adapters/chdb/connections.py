"""Connections to the embedded engine."""

from multiprocessing.context import SpawnContext
from pathlib import Path

from dbt.adapters.chdb.client import ChdbClient
from dbt.adapters.chdb.credentials import ChdbCredentials
from dbt.adapters.clickhouse.connections import ClickHouseConnectionManager
from dbt.adapters.contracts.connection import AdapterRequiredConfig, Connection
from dbt.adapters.events.logging import AdapterLogger
from dbt.flags import get_flags

logger = AdapterLogger("chdb")


class ChdbConnectionManager(ClickHouseConnectionManager):
    """One engine handle for each dbt connection, that is for each thread."""

    TYPE = "chdb"

    def __init__(self, profile: AdapterRequiredConfig, mp_context: SpawnContext) -> None:
        super().__init__(profile, mp_context)
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

    def cancel(self, connection: Connection) -> None:
        """End what `connection` is running: closing its handle would wait for it instead."""
        logger.debug(f"Cancelling query '{connection.name}'")
        connection.handle.kill()
        connection.handle.close()
