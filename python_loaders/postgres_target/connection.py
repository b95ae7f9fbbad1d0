"""A PostgreSQL database as the warehouse of a target: one connection to its raw schema."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
from pyarrow import csv

from python_loaders.errors import ConfigurationError, InputRefused
from python_loaders.postgres.plain import PlainConnection
from python_loaders.profile import Target
from python_loaders.quoting import pg_identifier

CONNECT_TIMEOUT_S = 10

_CSV = csv.WriteOptions(include_header=False, quoting_style="needed")


class PostgresWarehouse(PlainConnection):
    """A connection to the raw schema of one target.

    Raises:
        ConfigurationError: the database is not in UTF8.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        super().__init__(
            f"target {target.name}",
            "host, port and credentials in the profile",
            "see docs/runbooks/postgres-target.md for the grants",
            host=target.host,
            port=target.port,
            user=target.user,
            password=target.password or None,
            dbname=target.database,
            sslmode=target.sslmode,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="tradehouse",
        )
        encoding = self.connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            self.connection.close()
            raise ConfigurationError(
                f"target {target.name}: database {target.database} is in {encoding}; PostgreSQL "
                "takes texts of every language in UTF8 alone, so create one in it"
            )

    def name(self, table: str) -> str:
        """Qualified and quoted name of a raw table."""
        return f"{pg_identifier(self.target.raw_database)}.{pg_identifier(table)}"

    def scalar(self, sql: str, *parameters: Any) -> Any:
        return next(iter(self.row(sql, *parameters).values()))

    def copy(self, table: str, data: pa.Table) -> None:
        """Append Arrow rows to a table.

        Raises:
            InputRefused: a text holds a character that PostgreSQL cannot.
        """
        columns = ", ".join(pg_identifier(name) for name in data.column_names)
        buffer = io.BytesIO()
        csv.write_csv(_flat(data), buffer, _CSV)
        text = buffer.getvalue()
        if b"\0" in text:
            raise InputRefused(
                "a text holds a NUL character, which PostgreSQL cannot; remove it from the source"
            )
        statement = f"copy {table} ({columns}) from stdin (format csv)"
        with (
            self.speaking_plainly(),
            self.connection.cursor() as cursor,
            cursor.copy(statement.encode()) as copy,
        ):
            copy.write(text)


def _flat(data: pa.Table) -> pa.Table:
    """The same rows with lists as texts, as PostgreSQL writes an array."""
    for index, field in enumerate(data.schema):
        if pa.types.is_list(field.type):
            texts = ["{" + ",".join(map(_element, row)) + "}" for row in data[index].to_pylist()]
            data = data.set_column(index, field.name, pa.array(texts, pa.string()))
    return data


def _element(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
