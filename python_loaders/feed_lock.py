"""Two loaders of one feed exclude each other.

The embedded warehouse admits one process, so there a lock of this process is enough. On a server a
loader announces itself with a table of its own, ``_lock_<feed>_<holder>``, and then looks for
those of others: of two that announce at the same time, the one that looks later sees the other, so
they are never both alone. Whoever is not alone takes its table away, and tries again.

The holder adds a heartbeat row every few seconds. A lock that is silent for ``LEASE_S`` belongs to
a killed loader, and whoever meets it drops it; every name is used once, so nobody can drop the
lock of a living loader by mistake. A holder that cannot reach the server, or was suspended, gives
up before that: after ``GIVE_UP_S`` without a heartbeat its connection refuses to work.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from python_loaders.errors import TradehouseError, WarehouseUnavailable
from python_loaders.warehouse import Table, Warehouse

HEARTBEAT_S = 3.0
GIVE_UP_S = 12.0
LEASE_S = 15.0
WAIT_S = 600.0
UNKNOWN_TABLE = 60

log = logging.getLogger("tradehouse")


# Loaders in threads of this process, by path and feed.
_locks: dict[tuple[str, str], threading.Lock] = {}
_locks_guard = threading.Lock()


@contextmanager
def exclusive(warehouse: Warehouse, feed: str) -> Iterator[None]:
    """Hold the feed while the body runs; wait for another holder first.

    Raises:
        WarehouseUnavailable: as ``server_lock``.
    """
    if warehouse.target.type == "clickhouse":
        with server_lock(warehouse, feed):
            yield
        return
    with _locks_guard:
        lock = _locks.setdefault((warehouse.target.path, feed), threading.Lock())
    with lock:
        yield


@contextmanager
def server_lock(warehouse: Warehouse, feed: str) -> Iterator[None]:
    """Hold the feed while the body runs; wait for another holder first.

    Raises:
        WarehouseUnavailable: another loader still holds the feed after ``WAIT_S``, or the lock was
            lost while the body ran; then every further use of the connection raises it.
    """
    lock = _Lock(warehouse, feed)
    deadline = time.monotonic() + WAIT_S
    waits = False
    while not lock.acquire():
        if not waits:
            waits = True
            log.info("waits for another loader", extra={"feed": feed})
        if time.monotonic() > deadline:
            raise WarehouseUnavailable(
                f"feed {feed} is held by another loader for over {WAIT_S:.0f} s; wait for it"
            )
        # unequal steps, or two that met once would meet again
        time.sleep(random.uniform(0.3, 0.7))
    client = warehouse.client
    beat = threading.Thread(target=lock.beat, daemon=True)
    beat.start()
    warehouse.client = cast(Client, _Guarded(client, lock))
    try:
        yield
    finally:
        warehouse.client = client
        lock.stopped.set()
        beat.join()
        warehouse.drop(lock.table)


def lock_table(name: str) -> Table:
    """The table that stands for a claim; its rows are heartbeats."""
    return Table(name, {"at": "DateTime64(6, 'UTC')"}, order_by="at")


class _Lock:
    """One loader's claim to a feed."""

    def __init__(self, warehouse: Warehouse, feed: str) -> None:
        self.warehouse = warehouse
        self.feed = feed
        self.table = f"_lock_{feed}_{uuid.uuid4().hex}"
        self.stopped = threading.Event()
        self._renewed_at = time.monotonic()

    def acquire(self) -> bool:
        """Take the feed if no other loader has it."""
        if self._others():
            return False
        started_at = time.monotonic()
        self.warehouse.create(lock_table(self.table))
        if self._others():
            self.warehouse.drop(self.table)
            return False
        self._renewed_at = started_at
        return True

    def beat(self) -> None:
        """Renew the claim until it is given back, over a connection of its own."""
        own: Warehouse | None = None
        while not self.stopped.wait(HEARTBEAT_S):
            started_at = time.monotonic()
            try:
                own = own or Warehouse(self.warehouse.target)
                own.command(f"insert into {own.name(self.table)} values (now64(6))")
            except (ClickHouseError, TradehouseError) as error:
                if getattr(error, "code", None) == UNKNOWN_TABLE:
                    self._renewed_at = float("-inf")
                log.warning("no heartbeat", extra={"feed": self.feed})
                continue
            self._renewed_at = started_at
        if own is not None:
            own.close()

    def check(self) -> None:
        """Raise if another loader may have taken the feed over."""
        if time.monotonic() - self._renewed_at > GIVE_UP_S:
            raise WarehouseUnavailable(
                f"the lock on feed {self.feed} was lost: the server heard nothing of this loader "
                f"for {GIVE_UP_S:.0f} s; load again"
            )

    def _others(self) -> bool:
        """Whether another living loader holds or claims the feed; what the dead left goes."""
        living = False
        for row in self.warehouse.rows(
            "select name, dateDiff('second', metadata_modification_time, now()) as age_s "
            "from system.tables where database = {d:String} and match(name, {p:String})",
            d=self.warehouse.database,
            p=f"^_lock_{re.escape(self.feed)}_[0-9a-f]{{32}}$",
        ):
            if row["name"] == self.table:
                continue
            if self._silence_s(row["name"], float(row["age_s"])) > LEASE_S:
                self.warehouse.drop(row["name"])
            else:
                living = True
        return living

    def _silence_s(self, table: str, age_s: float) -> float:
        """Seconds since the last sign of life of a lock: a heartbeat, or its creation."""
        try:
            beats = self.warehouse.rows(
                "select dateDiff('millisecond', max(at), now64(6)) / 1000 as silence_s "
                f"from {self.warehouse.name(table)} having count() > 0"
            )
        except DatabaseError as error:
            if error.code == UNKNOWN_TABLE:
                # given back in this moment; the next look will tell
                return 0.0
            raise
        return float(beats[0]["silence_s"]) if beats else age_s


class _Guarded:
    """A client that works only while its loader holds the lock."""

    def __init__(self, client: Client, lock: _Lock) -> None:
        self._client = client
        self._lock = lock

    def __getattr__(self, name: str) -> Any:
        self._lock.check()
        return getattr(self._client, name)
