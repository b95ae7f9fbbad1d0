"""What the commands of the command line do on a target that is PostgreSQL."""

from __future__ import annotations

from functools import partial
from typing import Any

from python_loaders.contract import Feed
from python_loaders.loader import LandingOf
from python_loaders.postgres_target import reading
from python_loaders.postgres_target.connection import PostgresWarehouse
from python_loaders.postgres_target.landing import PostgresLanding
from python_loaders.postgres_target.tables import prepare
from python_loaders.printing import print_table
from python_loaders.profile import Target
from python_loaders.status import feed_status


def open_warehouse(target: Target, feeds: dict[str, Feed]) -> PostgresWarehouse:
    """The warehouse with the raw tables of the feeds."""
    warehouse = PostgresWarehouse(target)
    prepare(warehouse, feeds)
    return warehouse


def landing_of(warehouse: PostgresWarehouse) -> LandingOf:
    """Where the feeds land."""
    return partial(PostgresLanding, warehouse)


def feed_rows(target: Target, feeds: dict[str, Feed]) -> list[dict[str, Any]]:
    with open_warehouse(target, feeds) as warehouse:
        return feed_status(
            reading.batch_rows(warehouse), feeds, partial(reading.live_rows, warehouse)
        )


def rejected_rows(
    target: Target, feeds: dict[str, Feed], feed: Feed, limit: int
) -> list[dict[str, Any]]:
    with open_warehouse(target, feeds) as warehouse:
        return reading.rejected_rows(warehouse, feed, limit)


def print_query(target: Target, sql: str, *, as_json: bool, as_csv: bool) -> None:
    with PostgresWarehouse(target) as warehouse:
        names, rows = reading.query(warehouse, sql)
    if as_json:
        print(reading.as_json(names, rows))
    elif as_csv:
        print(reading.as_csv(names, rows))
    else:
        print_table(names, [[reading.as_text(cell) for cell in row] for row in rows])
