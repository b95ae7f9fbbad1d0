"""The dbt package of the adapter: it adds no macro of its own to dbt-clickhouse's."""

from pathlib import Path

PACKAGE_PATH = str(Path(__file__).parent)
