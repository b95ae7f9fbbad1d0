"""Opening the embedded engine, for the loaders and for dbt, and saying in one line why not.

The engine takes one process per directory and one directory per process. Its own messages for
that are a stack trace, or an empty text, so the causes are looked up here.
"""

import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clickhouse_connect.driver import create_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ProgrammingError

from python_loaders.errors import ConfigurationError, TradehouseError, WarehouseUnavailable

MEMORY = ":memory:"

# Steps of planning that only cost where view reads view: docs/lessons/steps-of-planning.md.
PLANNING = {"query_plan_remove_unused_columns": 0, "query_plan_lift_up_union": 0}

# Files are mapped, not copied, for sessions that only ask: docs/lessons/mapped-files.md.
MAPPED = {"local_filesystem_read_method": "mmap", "min_bytes_to_use_mmap_io": 1}

# what the engine keeps at the top of its directory
ENGINE_ENTRIES = frozenset({"metadata", "status", "store"})
EMPTY_ENTRIES = frozenset({"data", "tmp"})


def open_client(path: str, settings: Mapping[str, Any]) -> Client:
    """A client with a handle of its own on the engine at `path`, a directory or `:memory:`.

    `settings` hold for the session, before `PLANNING`.

    Raises:
        WarehouseUnavailable: another process has it open.
        ConfigurationError: the directory cannot hold a warehouse, or this process has another one.
    """
    if path != MEMORY:
        _check_directory(Path(path))
        _check_lock(Path(path))
    try:
        return create_client(
            interface="chdb", path=path, query_limit=0, settings={**PLANNING, **settings}
        )
    except ProgrammingError as ex:
        raise _reason(path, str(ex)) from ex


def _check_directory(path: Path) -> None:
    """Refuse what cannot become a warehouse, before the engine fills it with its files."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        entries = {entry.name for entry in path.iterdir()}
    except OSError as ex:
        reason = (
            "it is a file" if isinstance(ex, FileExistsError) else (ex.strerror or str(ex)).lower()
        )
        raise ConfigurationError(
            f"the embedded warehouse {path} cannot be opened: {reason}; "
            "set chdb_path to a directory that this user can write"
        ) from ex
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"the embedded warehouse {path} cannot be opened: it is not writable; "
            "set chdb_path to a directory that this user can write"
        )
    if not (entries & ENGINE_ENTRIES or entries <= EMPTY_ENTRIES):
        raise ConfigurationError(
            f"the directory {path} holds other files and no embedded warehouse; "
            "set chdb_path to a directory of its own"
        )


def _check_lock(path: Path) -> None:
    """Refuse a directory whose engine runs in another process.

    The engine holds an exclusive lock on `status` and writes its process id there.
    """
    if _is_locked(path) and f"PID: {os.getpid()}\n" not in (path / "status").read_text():
        raise _in_use(path)


def _is_locked(path: Path) -> bool:
    try:
        with (path / "status").open() as status:
            fcntl.flock(status, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _in_use(path: Path | str) -> WarehouseUnavailable:
    return WarehouseUnavailable(
        f"the embedded warehouse at {path} is in use by another process; "
        "wait for it, or run a ClickHouse server"
    )


def _reason(path: str, message: str) -> TradehouseError:
    """What the engine said while it opened, in one line."""
    other = re.search(r"already initialized with path '([^']*)'", message)
    if other:
        return ConfigurationError(
            f"the embedded warehouse at {path} cannot be opened: this process already uses the "
            f"one at {other.group(1)}; one process takes one warehouse"
        )
    # the engine prints its reason instead of telling it; the lock may have been taken in between
    if "Error initializing EmbeddedServer: ." in message:
        if _is_locked(Path(path)):
            return _in_use(path)
        return ConfigurationError(
            f"the embedded warehouse at {path} cannot be opened: the engine says why above"
        )
    return ConfigurationError(
        f"the embedded warehouse at {path} cannot be opened: {message.splitlines()[0]}"
    )
