"""What every connection to PostgreSQL shares: fixed formats, and errors in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from python_loaders.errors import ConfigurationError, WarehouseUnavailable

# What makes texts the same whatever the server, the role or the client is set to.
_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "search_path": "pg_catalog",
}


Own = TypeVar("Own", bound="PlainConnection")


class PlainConnection:
    """A connection with fixed formats, outside a transaction unless one is opened.

    Args:
        who: the source or target that is spoken to.
        where: what to check when it cannot be reached.
        advice: what to do about a statement that it refuses.
        words: what libpq is told besides.

    Raises:
        WarehouseUnavailable: it cannot be reached, or the connection was lost.
        ConfigurationError: the server refuses a statement.
    """

    def __init__(self, who: str, where: str, advice: str, **words: Any) -> None:
        self._who, self._where, self._advice = who, where, advice
        with self.speaking_plainly():
            self.connection = psycopg.connect(
                "", **words, client_encoding="UTF8", autocommit=True, row_factory=dict_row
            )
            for name, value in _SETTINGS.items():
                self.connection.execute("select set_config(%s, %s, false)", (name, value))

    def __enter__(self: Own) -> Own:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """Run a statement with ``%s`` parameters; its rows, if it has any."""
        with self.speaking_plainly():
            cursor = self.connection.execute(sql.encode(), parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def row(self, sql: str, *parameters: Any) -> dict[str, Any]:
        return self.rows(sql, *parameters)[0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the body does, or nothing of it."""
        self.rows("begin")
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self.rows("commit")

    def _roll_back(self) -> None:
        """End the transaction; one whose connection is lost has ended by that."""
        try:
            self.connection.execute("rollback")
        except psycopg.Error:
            self.connection.close()

    @contextmanager
    def speaking_plainly(self) -> Iterator[None]:
        """Turn the driver's errors into ours: the server's first line, never values or settings."""
        try:
            yield
        except psycopg.Error as error:
            raise _plain(self._who, self._where, self._advice, error) from None


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
