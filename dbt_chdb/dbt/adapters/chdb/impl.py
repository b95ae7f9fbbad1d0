"""The adapter: dbt-clickhouse's, with the embedded engine's connections."""

from dbt.adapters.chdb.connections import ChdbConnectionManager
from dbt.adapters.clickhouse.impl import ClickHouseAdapter


class ChdbAdapter(ClickHouseAdapter):
    """ClickHouse inside the process; the SQL is the server's."""

    ConnectionManager = ChdbConnectionManager
