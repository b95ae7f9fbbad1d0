"""What every connection to PostgreSQL shares: fixed formats, and errors in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from python_loaders.errors import ConfigurationError, WarehouseUnavailable

# What makes texts the same whatever the server, the role or the client is set to.
SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "search_path": "pg_catalog",
}


@contextmanager
def speaking_plainly(who: str, where: str, advice: str) -> Iterator[None]:
    """Turn the driver's errors into ours: the server's first line, never values or settings.

    Args:
        who: the source or target that is spoken to.
        where: what to check when it cannot be reached.
        advice: what to do about a statement that it refuses.
    """
    try:
        yield
    except psycopg.Error as error:
        raise _plain(who, where, advice, error) from None


def _plain(who: str, where: str, advice: str, error: psycopg.Error) -> Exception:
    if isinstance(error, errors.QueryCanceled | errors.SerializationFailure) or (
        isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    ):
        # libpq names hosts and users here, which belong in no log
        return WarehouseUnavailable(
            f"{who}: PostgreSQL cannot be reached or the connection was lost; check {where}"
        )
    said = (error.diag.message_primary or type(error).__name__).splitlines()[0][:300]
    if isinstance(error, psycopg.OperationalError):
        return WarehouseUnavailable(f"{who}: PostgreSQL says: {said}; try again")
    return ConfigurationError(f"{who}: PostgreSQL says: {said}; {advice}")
