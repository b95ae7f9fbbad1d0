"""The jobs that are measured, each in a process of its own; imports are not part of the time.

``land``: ``tradehouse load trades FILE``, through its command line.
``insert``: the engine's own ``insert ... select ... from file(...)`` into the same raw table; the
time is the statement's alone, without opening the warehouse and creating the table.
``sync``: ``tradehouse sync postgres``, through its command line.
``insert_postgres``: the engine's own ``insert ... select ... from postgresql(...)``, as ``insert``.
``prepare``: seeds and snapshots.
``build``: ``dbt run`` of every model, one at a time, so that none waits for another; the time is
the sum of the models' execution times, as in ``run_results.json``.
``rebuild``: the same with ``--full-refresh``.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TypeVar

import chdb  # noqa: F401  # loaded by the first connection otherwise, which is measured

from benchmarks.measure import PROJECT, result
from python_loaders.cli import main as tradehouse
from python_loaders.contract import Feed, load_feeds
from python_loaders.migrations import migrate
from python_loaders.profile import read_target
from python_loaders.quoting import identifier, literal
from python_loaders.warehouse import Warehouse

T = TypeVar("T")


def land(profiles: str, file: str) -> dict[str, Any]:
    command = [
        "load", "trades", file, "--json",
        "--project-dir", str(PROJECT), "--profiles-dir", profiles,
    ]  # fmt: skip
    printed = io.StringIO()
    with redirect_stdout(printed):
        code, seconds, cpu_seconds = _timed(lambda: tradehouse(command))
    if code:
        raise SystemExit(f"tradehouse load ended with {code}")
    return result(seconds, cpu_seconds, json.loads(printed.getvalue())[0]["landed"])


def insert(profiles: str, file: str) -> dict[str, Any]:
    feeds = load_feeds(PROJECT)
    with Warehouse(read_target(PROJECT, Path(profiles))) as warehouse:
        migrate(warehouse, feeds)
        statement = insert_sql(warehouse, feeds["trades"], file)
        _, seconds, cpu_seconds = _timed(lambda: warehouse.command(statement))
        rows = int(warehouse.scalar(f"select count() from {warehouse.name('trades')}"))
        return result(seconds, cpu_seconds, rows)


def sync(profiles: str, project: str) -> dict[str, Any]:
    command = [
        "sync", "postgres", "--source", "bench", "--json",
        "--project-dir", project, "--profiles-dir", profiles,
    ]  # fmt: skip
    printed = io.StringIO()
    with redirect_stdout(printed):
        code, seconds, cpu_seconds = _timed(lambda: tradehouse(command))
    if code:
        raise SystemExit(f"tradehouse sync ended with {code}")
    landed = sum(batch["landed"] for batch in json.loads(printed.getvalue()))
    return result(seconds, cpu_seconds, landed)


def insert_postgres(profiles: str, place: str) -> dict[str, Any]:
    """``place``: the socket's folder and, as its last part, the database."""
    socket, _, database = place.rpartition("/")
    feeds = load_feeds(PROJECT)
    with Warehouse(read_target(PROJECT, Path(profiles))) as warehouse:
        migrate(warehouse, feeds)
        listed = ", ".join(identifier(name) for name in feeds["trades"].column_names)
        statement = (
            f"insert into {warehouse.name('trades')} ({listed}) select {listed} from postgresql("
            f"{literal(socket)}, {literal(database)}, 'trades', 'postgres', '')"
        )
        _, seconds, cpu_seconds = _timed(lambda: warehouse.command(statement))
        rows = int(warehouse.scalar(f"select count() from {warehouse.name('trades')}"))
        return result(seconds, cpu_seconds, rows)


def insert_sql(warehouse: Warehouse, feed: Feed, file: str) -> str:
    """The engine reads the types of the table; in a CSV file an array is JSON text."""
    is_csv = file.endswith(".csv")
    arrays = [column.name for column in feed.columns if column.base_type == "Array(String)"]
    texts = arrays if is_csv else []
    structure = ", ".join(
        f"{identifier(column.name)} {'String' if column.name in texts else column.type}"
        for column in feed.columns
    )
    selected = ", ".join(
        f"JSONExtract({identifier(name)}, 'Array(String)')" if name in texts else identifier(name)
        for name in feed.column_names
    )
    listed = ", ".join(identifier(name) for name in feed.column_names)
    return (
        f"insert into {warehouse.name(feed.name)} ({listed}) select {selected} from file("
        f"{literal(file)}, {literal('CSVWithNames' if is_csv else 'Parquet')}, "
        f"{literal(structure)}) settings date_time_input_format = 'best_effort'"
    )


def prepare(profiles: str) -> dict[str, Any]:
    for command in ("seed", "snapshot"):
        _dbt(profiles, command)
    return result(0, 0, 0)


def build(profiles: str) -> dict[str, Any]:
    return _run_models(profiles)


def rebuild(profiles: str) -> dict[str, Any]:
    return _run_models(profiles, "--full-refresh")


def _run_models(profiles: str, *options: str) -> dict[str, Any]:
    done, _, cpu_seconds = _timed(lambda: _dbt(profiles, "run", "--threads", "1", *options))
    seconds = sum(node.execution_time for node in done.results)
    return result(seconds, cpu_seconds, len(done.results))


def _dbt(profiles: str, command: str, *options: str) -> Any:
    from dbt.cli.main import dbtRunner

    done = dbtRunner().invoke(
        [
            command, *options, "--project-dir", str(PROJECT), "--profiles-dir", profiles,
            "--target-path", f"{profiles}/target", "--log-path", f"{profiles}/logs", "--quiet",
        ]
    )  # fmt: skip
    if not done.success:
        raise SystemExit(f"dbt {command} failed: {done.exception}")
    return done.result


def _timed(job: Callable[[], T]) -> tuple[T, float, float]:
    before, started = os.times(), time.monotonic()
    value = job()
    seconds, after = time.monotonic() - started, os.times()
    return value, seconds, after.user + after.system - before.user - before.system


if __name__ == "__main__":
    jobs: dict[str, Callable[..., dict[str, Any]]] = {
        job.__name__: job for job in (land, insert, sync, insert_postgres, prepare, build, rebuild)
    }
    print(json.dumps(jobs[sys.argv[1]](*sys.argv[2:])), flush=True)
