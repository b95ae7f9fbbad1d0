"""Two loaders of one feed exclude each other on a ClickHouse server.

``create table`` fails when the table exists, so the table ``_lock_<feed>`` is the lock. Its holder
adds a heartbeat row every few seconds; a lock without one for ``LEASE_S`` belongs to a killed
loader and is taken over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clickhouse_connect.driver.exceptions import DatabaseError

from python_loaders.errors import WarehouseUnavailable

if TYPE_CHECKING:
    from python_loaders.warehouse import Warehouse

HEARTBEAT_S = 3.0
LEASE_S = 15.0
WAIT_S = 600.0


@contextmanager
def server_lock(warehouse: Warehouse, feed: str) -> Iterator[None]:
    """Hold ``_lock_<feed>`` while the body runs; wait for another holder first.

    Raises:
        WarehouseUnavailable: another loader still holds the feed after ``WAIT_S``.
    """
    from python_loaders.warehouse import Warehouse as Connection

    table = warehouse.name(f"_lock_{feed}")
    deadline = time.monotonic() + WAIT_S
    while not _acquire(warehouse, table):
        if _abandoned(warehouse, table):
            warehouse.command(f"drop table if exists {table} sync")
        elif time.monotonic() > deadline:
            raise WarehouseUnavailable(
                f"feed {feed} is held by another loader for over {WAIT_S:.0f} s; "
                f"wait for it, or drop {table} if you know that it is dead"
            )
        else:
            time.sleep(0.5)
    stop = threading.Event()

    def beat() -> None:
        with Connection(warehouse.target) as own:
            while not stop.wait(HEARTBEAT_S):
                own.command(f"insert into {table} values (now64(6))")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        warehouse.command(f"drop table if exists {table} sync")


def _acquire(warehouse: Warehouse, table: str) -> bool:
    try:
        warehouse.command(
            f"create table {table} (at DateTime64(6, 'UTC')) engine = MergeTree order by at"
        )
    except DatabaseError as error:
        if "TABLE_ALREADY_EXISTS" in str(error) or "code: 57" in str(error).lower():
            return False
        raise
    warehouse.command(f"insert into {table} values (now64(6))")
    return True


def _abandoned(warehouse: Warehouse, table: str) -> bool:
    try:
        age = warehouse.scalar(
            f"select dateDiff('second', max(at), now64(6)) from {table} having count() > 0"
        )
    except (DatabaseError, IndexError):
        # just created or just dropped
        return False
    return float(age) > LEASE_S
