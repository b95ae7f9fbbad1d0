"""Inserts that overlap: the engine sorts and writes the rows of one in a single thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from python_loaders.warehouse import Warehouse

INSERTS_AT_ONCE = 2


class Inserts:
    """Inserts, so many at a time, that end in any order.

    The second of two has a connection of its own, opened when it is needed: a connection to the
    embedded engine does one thing after the other.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._target = warehouse.target
        self._idle, self._opened = [warehouse], list[Warehouse]()
        self._pending: deque[Future[None]] = deque()
        self._pool = ThreadPoolExecutor(max_workers=INSERTS_AT_ONCE)

    def add(self, insert: Callable[[Warehouse], None]) -> None:
        """Begin an insert; raises what an earlier one failed with."""
        if len(self._pending) == INSERTS_AT_ONCE:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(self._run, insert))

    def settle(self) -> None:
        """Wait until all of them ended; raises what one of them failed with."""
        ended, _ = wait(self._pending)
        self._pending.clear()
        for insert in ended:
            insert.result()

    def close(self) -> None:
        """Wait likewise, and close the connections."""
        try:
            self.settle()
        finally:
            self._pool.shutdown()
            while self._opened:
                self._opened.pop().close()

    def _run(self, insert: Callable[[Warehouse], None]) -> None:
        try:
            warehouse = self._idle.pop()
        except IndexError:
            warehouse = Warehouse(self._target)
            self._opened.append(warehouse)
        try:
            insert(warehouse)
        finally:
            self._idle.append(warehouse)
