"""What a user is told of a warehouse in PostgreSQL: batches, live rows, rejects, queries."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import psycopg
from psycopg import pq

from python_loaders.contract import Feed
from python_loaders.errors import ConfigurationError, first_line
from python_loaders.postgres_target.connection import PostgresWarehouse
from python_loaders.postgres_target.tables import lands
from python_loaders.quoting import pg_identifier
from python_loaders.raw import LEDGER, REJECTS
from python_loaders.status import Live

# What JSON writes without quotes, by the name of the type.
_NUMBERS = {"int2", "int4", "int8", "numeric", "float4", "float8"}
_AS_THEY_ARE = {"json", "jsonb"}


def batch_rows(warehouse: PostgresWarehouse) -> list[dict[str, Any]]:
    """The state of every batch, oldest first."""
    return warehouse.rows(f"select * from {warehouse.name(LEDGER)} order by feed, batch_seq")


def live_rows(warehouse: PostgresWarehouse, feed: Feed) -> Live:
    if not lands(feed):
        return Live(0, None, None)
    time = pg_identifier(feed.event_time)
    row = warehouse.rows(
        f"select count(*) as n, min({time}) as low, max({time}) as high "
        f"from {warehouse.name(feed.name)} where _ended_seq is null"
    )[0]
    return Live(int(row["n"]), row["low"], row["high"])


def rejected_rows(warehouse: PostgresWarehouse, feed: Feed, limit: int) -> list[dict[str, Any]]:
    """The newest quarantined rows of a feed, with reasons and source row."""
    return warehouse.rows(
        'select batch_id, source, "row", "column", value, reason, reasons, record, rejected_at '
        f"from {warehouse.name(REJECTS)} where feed = %s "
        'order by _batch_seq desc, "row" limit %s',
        feed.name, limit,
    )  # fmt: skip


def query(warehouse: PostgresWarehouse, sql: str) -> tuple[list[str], list[list[Any]]]:
    """Run one statement that only reads; names, and cells as JSON has them.

    A number is the text of its exact value, as ``Exact``.
    """
    with warehouse.transaction():
        warehouse.rows("set transaction read only")
        try:
            # a prepared statement is one: a second could end the transaction and write
            cursor = warehouse.connection.execute(sql.encode(), prepare=True)
        except psycopg.OperationalError as error:
            with warehouse.speaking_plainly():
                raise error
        except psycopg.Error as error:
            raise ConfigurationError(
                f"the query failed: {first_line(error)}; correct the SQL"
            ) from error
        result = cursor.pgresult
        assert result is not None
        types = [column.type_display for column in cursor.description or ()]
        names = [column.name for column in cursor.description or ()]
    rows = [
        [_cell(result.get_value(row, place), type_) for place, type_ in enumerate(types)]
        for row in range(result.ntuples if result.status == pq.ExecStatus.TUPLES_OK else 0)
    ]
    return names, rows


class Exact(str):
    """The text of a number or of a JSON document, which JSON takes without quotes."""


def _cell(value: bytes | None, type_: str) -> Any:
    if value is None:
        return None
    text = bytes(value).decode()
    kind = type_.split("(")[0]
    if kind in _AS_THEY_ARE or (kind in _NUMBERS and text not in ("NaN", "Infinity", "-Infinity")):
        return Exact(text)
    return text == "t" if kind == "bool" else text


def as_text(cell: Any) -> str | None:
    """A cell as people read it."""
    return json.dumps(cell) if isinstance(cell, bool) else cell


def as_json(names: list[str], rows: list[list[Any]]) -> str:
    """An array of row objects, with numbers as exact as they are."""
    lines = (
        "{"
        + ", ".join(
            f"{json.dumps(name)}: {cell if isinstance(cell, Exact) else json.dumps(cell)}"
            for name, cell in zip(names, row, strict=True)
        )
        + "}"
        for row in rows
    )
    return "[" + ",\n".join(lines) + "]"


def as_csv(names: list[str], rows: list[list[Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(map(as_text, row) for row in rows)
    return buffer.getvalue().rstrip("\n")
