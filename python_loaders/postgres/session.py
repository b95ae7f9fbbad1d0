"""A connection to a source: libpq's own configuration, fixed formats, locks, errors in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeAlias

from psycopg import pq

from python_loaders.errors import ConfigurationError, WarehouseUnavailable
from python_loaders.postgres.mapping import Source
from python_loaders.postgres.plain import PlainConnection

Buffer: TypeAlias = bytes | bytearray | memoryview


class Session(PlainConnection):
    """The connection to a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        super().__init__(
            f"source {source.name}",
            "service file, environment and server",
            "correct the mapping or the grants",
            **({"service": source.service} if source.service else {}),
            application_name=f"tradehouse {source.name}",
        )
        self._check_server()

    @property
    def alive(self) -> bool:
        return self.connection.pgconn.status == pq.ConnStatus.OK

    def copy(self, select: str, parameters: Sequence[Any] = ()) -> Iterator[Buffer]:
        """The rows of a select as CSV, the header first."""
        with self.speaking_plainly(), self.connection.cursor() as cursor:
            statement = f"copy ({select}) to stdout (format csv, header)".encode()
            with cursor.copy(statement, tuple(parameters)) as copy:
                yield from copy

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One unchanging view of the database, for every query of the body."""
        self.rows("begin isolation level repeatable read read only")
        try:
            yield
        finally:
            self._roll_back()

    def lock(self, purpose: str) -> None:
        """Be the only process of this purpose on the source, until the connection ends.

        Raises:
            WarehouseUnavailable: another one runs.
        """
        key = f"tradehouse {purpose} {self.source.name}"
        taken = self.row("select pg_try_advisory_lock(hashtextextended(%s, 0)) as ok", key)
        if not taken["ok"]:
            raise WarehouseUnavailable(
                f"another {purpose} of source {self.source.name} is running; wait for it to end"
            )

    def horizon(self, lag_s: float) -> datetime | None:
        """An instant before which no transaction can still change a row; None where unknown.

        To be asked before the snapshot is taken. A transaction that the snapshot does not see
        either ran while the activity was read, so its start is among those, or began after the
        clock was read. The other way round, one that ends between snapshot and question is missed.
        A prepared transaction does not tell when it began.
        """
        now = self.row("select clock_timestamp() as at")["at"]
        oldest = self.row(
            "select least(%s, min(xact_start)) - make_interval(secs => %s) as at "
            "from pg_stat_activity where datname = current_database() "
            "and pid <> pg_backend_pid() and backend_type <> 'autovacuum worker'",
            now, lag_s,
        )["at"]  # fmt: skip
        prepared = self.row(
            "select count(*) as n from pg_prepared_xacts where database = current_database()"
        )
        return None if prepared["n"] else oldest

    def _check_server(self) -> None:
        state = self.row(
            "select pg_is_in_recovery() as standby, current_setting('server_encoding') as encoding,"
            " pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_all,"
            " current_user::text as role"
        )
        if state["standby"]:
            raise ConfigurationError(
                f"source {self.source.name}: the server is a standby, which does not show the "
                "transactions that run on its primary; connect to the primary"
            )
        if state["encoding"] != "UTF8":
            raise ConfigurationError(
                f"source {self.source.name}: the database is in {state['encoding']}; only UTF8 "
                "is supported"
            )
        if not state["sees_all"]:
            raise ConfigurationError(
                f"source {self.source.name}: role {state['role']} cannot see the transactions of "
                "others; grant it pg_read_all_stats, as in docs/runbooks/postgres.sql"
            )
