"""Inserts that overlap: the engine sorts and writes the rows of one in a single thread."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pyarrow as pa

from python_loaders.warehouse import Warehouse

INSERTS_AT_ONCE = 2


class Inserts:
    """Inserts into one table, so many at a time, that end in any order.

    The second of two has a connection of its own, opened when it is needed: a connection to the
    embedded engine does one thing after the other.
    """

    def __init__(self, warehouse: Warehouse, table: str) -> None:
        self._table, self._target = table, warehouse.target
        self._idle, self._opened = [warehouse], list[Warehouse]()
        self._pending: deque[Future[None]] = deque()
        self._pool = ThreadPoolExecutor(max_workers=INSERTS_AT_ONCE)

    def add(self, rows: pa.Table) -> None:
        """Begin an insert; raises what an earlier one failed with."""
        if len(self._pending) == INSERTS_AT_ONCE:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(self._insert, rows))

    def settle(self) -> None:
        """Wait until all of them ended; raises what one of them failed with."""
        ended, _ = wait(self._pending)
        self._pending.clear()
        self._pool.shutdown()
        while self._opened:
            self._opened.pop().close()
        for insert in ended:
            insert.result()

    def _insert(self, rows: pa.Table) -> None:
        try:
            warehouse = self._idle.pop()
        except IndexError:
            warehouse = Warehouse(self._target)
            self._opened.append(warehouse)
        try:
            warehouse.insert(self._table, rows)
        finally:
            self._idle.append(warehouse)
