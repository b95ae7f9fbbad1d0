"""dbt adapter `type: chdb`: dbt-clickhouse on the ClickHouse engine inside the process.

Everything that makes a warehouse out of an engine (macros, materializations, relations, types)
comes from dbt-clickhouse; this plugin only opens the engine.
"""

from dbt.adapters.base.plugin import AdapterPlugin
from dbt.adapters.chdb.credentials import ChdbCredentials
from dbt.adapters.chdb.impl import ChdbAdapter
from dbt.include import chdb

Plugin = AdapterPlugin(
    adapter=ChdbAdapter,  # type: ignore[arg-type]
    credentials=ChdbCredentials,
    include_path=chdb.PACKAGE_PATH,
    dependencies=["clickhouse"],
)
