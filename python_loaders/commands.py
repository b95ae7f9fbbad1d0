"""What the commands of the command line do on a target that is ClickHouse, embedded or a server.

``postgres_target.commands`` has the same functions for PostgreSQL.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from python_loaders import status
from python_loaders.contract import Feed
from python_loaders.errors import ConfigurationError, in_one_line
from python_loaders.landing import Landing
from python_loaders.loader import LandingOf
from python_loaders.migrations import migrate
from python_loaders.profile import Target
from python_loaders.warehouse import Warehouse


def open_warehouse(target: Target, feeds: dict[str, Feed]) -> Warehouse:
    """The warehouse with the raw tables of the feeds."""
    warehouse = Warehouse(target)
    migrate(warehouse, feeds)
    return warehouse


def landing_of(warehouse: Warehouse) -> LandingOf:
    """Where the feeds land."""
    return partial(Landing, warehouse)


def feed_rows(target: Target, feeds: dict[str, Feed]) -> list[dict[str, Any]]:
    with open_warehouse(target, feeds) as warehouse:
        return status.feed_status(
            status.batch_rows(warehouse), feeds, partial(status.live_rows, warehouse)
        )


def rejected_rows(
    target: Target, feeds: dict[str, Feed], feed: Feed, limit: int
) -> list[dict[str, Any]]:
    with open_warehouse(target, feeds) as warehouse:
        return status.rejected_rows(warehouse, feed, limit)


def print_query(target: Target, sql: str, *, as_json: bool, as_csv: bool) -> None:
    text_shape = "CSVWithNames" if as_csv else "PrettyCompactMonoBlock"
    settings = {
        "readonly": 2,
        "output_format_json_array_of_rows": 1,
        "output_format_json_quote_64bit_integers": 0,
        "output_format_json_quote_decimals": 0,
        "output_format_pretty_color": 0,
        "output_format_decimal_trailing_zeros": 0,
    }
    with Warehouse(target, only_asks=True) as warehouse:
        try:
            answer = warehouse.client.raw_query(
                sql, fmt="JSONEachRow" if as_json else text_shape, settings=settings
            )
        except Exception as error:
            raise ConfigurationError(
                f"the query failed: {in_one_line(error)}; correct the SQL"
            ) from error
    text = answer.decode("utf-8").rstrip("\n")
    print(text or ("[]" if as_json else ""))
