"""The embedded engine of a test process: one, kept between the tests.

A module of its own: pytest loads a conftest.py apart from those who import it, and each of the two
would keep an engine of its own.
"""

from __future__ import annotations

from pathlib import Path

import chdb

_held: list[chdb.Connection] = []


def hold_engine(warehouse_path: Path) -> None:
    """Keep the engine of this process: to start it anew takes longer than most tests."""
    if not _held:
        _held.append(chdb.connect(str(warehouse_path)))


def release_engine() -> None:
    """Let another process have the warehouse."""
    while _held:
        _held.pop().close()
