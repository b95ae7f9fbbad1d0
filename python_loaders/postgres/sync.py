"""Sync: the changes of a table land as batches of its feed, like those of a file.

A pass takes one snapshot and reads, in the order of the cursor, every row at or above the
watermark. Each chunk is a batch; the ledger's row of it says up to where it read, so watermark and
content become visible together, and a killed pass goes on where its last done batch ended.

The watermark never passes the horizon (``Session.horizon``): what a transaction may still commit
lies above it and is read again, where the key index drops what is known.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from python_loaders.errors import ConfigurationError
from python_loaders.formats import Format
from python_loaders.landing import Landing
from python_loaders.ledger import DONE, Batch, ledger_sql, options_text
from python_loaders.loader import Loaded, Options, Progress, ahead, land_source, prepared
from python_loaders.postgres.columns import TableColumns
from python_loaders.postgres.mapping import TableMapping
from python_loaders.postgres.session import Session
from python_loaders.source import open_source
from python_loaders.source.layout import Layout
from python_loaders.warehouse import Warehouse

# A pass of changes, a repair of differences, a copy before archiving.
CHANGES, REPAIR, ARCHIVE = "changes", "repair", "archive"


@dataclass(frozen=True)
class Watermark:
    """Where the next pass begins: after the row (at, id); at ``at`` itself where id is None."""

    at: str
    id: str | None

    @staticmethod
    def of(batch: Batch) -> Watermark:
        return Watermark(**json.loads(batch.options)["watermark"])


@dataclass(frozen=True)
class _Chunk:
    file: Path
    watermark: Watermark


def last_batch(warehouse: Warehouse, mapping: TableMapping, *kinds: str) -> Batch | None:
    """The newest done batch of these kinds that came from the table."""
    rows = warehouse.rows(
        f"select * from {ledger_sql(warehouse)} "
        "where feed = {f:String} and source = {l:String} and status = {s:String} "
        "and JSONExtractString(options, 'pass') in {kinds:Array(String)} "
        "order by batch_seq desc limit 1",
        f=mapping.feed.name,
        l=mapping.label,
        s=DONE,
        kinds=list(kinds),
    )
    return Batch(**rows[0]) if rows else None


def watermark(warehouse: Warehouse, mapping: TableMapping) -> Watermark | None:
    batch = last_batch(warehouse, mapping, CHANGES)
    return Watermark.of(batch) if batch else None


def changed_keys(
    session: Session, warehouse: Warehouse, table: TableColumns
) -> set[tuple[str, ...]]:
    """Keys of the rows at or above the watermark. Within a snapshot."""
    condition, parameters = _between(table, watermark(warehouse, table.mapping), None)
    return {
        tuple(row["key"])
        for row in session.rows(
            f"select array[{', '.join(table.keys)}] as key from {table.relation} where {condition}",
            *parameters,
        )
    }


def recover(warehouse: Warehouse, mapping: TableMapping) -> None:
    """Finish what a killed process left staged, so that the ledger says what is in the feed."""
    with Landing(warehouse, mapping.feed).held():
        pass


@contextmanager
def stable_view(session: Session, mapping: TableMapping) -> Iterator[datetime | None]:
    """One snapshot; yields the horizon that was asked for before it."""
    horizon = session.horizon(mapping.lag_s)
    with session.snapshot():
        yield horizon


def sync_changes(
    session: Session,
    warehouse: Warehouse,
    table: TableColumns,
    horizon: datetime | None,
    *,
    full: bool = False,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> list[Loaded]:
    """Land what changed since the watermark, or everything with ``full``. Within ``stable_view``.

    Raises:
        ConfigurationError: the cursor is NULL in some row, which would never be read.
        InputRefused: more rows of a first copy are bad than the mapping allows.
    """
    mapping = table.mapping
    recover(warehouse, mapping)
    _check_cursor(session, table)
    start = None if full else watermark(warehouse, mapping)
    landed: list[Loaded] = []
    with (
        tempfile.TemporaryDirectory(prefix="tradehouse-") as folder,
        # left before the snapshot ends, so that no chunk is read any more then
        ahead(_chunks(session, table, start, horizon, Path(folder))) as chunks,
    ):
        for chunk in chunks:
            if stop is not None and stop.is_set():
                break
            options = Options(max_reject_rate=mapping.max_reject_rate if start is None else 1)
            done = land_rows(
                warehouse, table, chunk.file, CHANGES, options, chunk.watermark, progress
            )
            landed += [done] if done else []
            chunk.file.unlink()
    return landed


def land_rows(
    warehouse: Warehouse,
    table: TableColumns,
    file: Path,
    kind: str,
    options: Options,
    reached: Watermark | None = None,
    progress: Progress | None = None,
    note: dict[str, Any] | None = None,
) -> Loaded | None:
    """Land a spooled file as a batch; None where the table's last batch says the same.

    ``note`` is what the ledger shall keep of it besides.
    """
    mapping = table.mapping
    options = replace(options, constants=mapping.constants, timezone=mapping.timezone)
    mark = {"at": reached.at, "id": reached.id} if reached else None
    landing = Landing(warehouse, mapping.feed)
    with open_source(file, Layout(kind="csv")) as opened, landing.held():
        before = last_batch(warehouse, mapping, CHANGES, REPAIR, ARCHIVE)
        recorded = options_text(
            {"pass": kind, "set": mapping.constants, "timezone": mapping.timezone}
            | ({"watermark": mark} if mark else {})
            | (note or {})
        )
        if before and (before.source_sha256, before.options) == (opened.sha256, recorded):
            return None
        # the batches of a table are told apart by the one they follow
        fingerprint = hashlib.sha256(
            "\0".join(
                [mapping.feed.name, mapping.label, opened.sha256, recorded,
                 before.batch_id if before else ""]
            ).encode()
        ).hexdigest()  # fmt: skip
        source = replace(opened, path=Path(mapping.label))
        fmt = Format("postgres", mapping.feed.name, Layout(kind="csv"))
        with prepared(mapping.feed, source, fmt, mapping.constants, mapping.timezone) as chunks:
            return land_source(
                landing, source, chunks, fmt.name, options, recorded, fingerprint, progress
            )


def spool(session: Session, select: str, parameters: tuple[Any, ...], file: Path) -> Path:
    """Write the rows of a select to a CSV file."""
    with file.open("wb") as stream:
        for block in session.copy(select, parameters):
            stream.write(block)
    return file


def _check_cursor(session: Session, table: TableColumns) -> None:
    if not table.nullable_cursor:
        return
    unset = " or ".join(f"{column} is null" for column in table.cursor)
    if session.rows(f"select 1 as found from {table.relation} where {unset} limit 1"):
        raise ConfigurationError(
            f"{table.mapping.where}: a row has no {' or no '.join(table.mapping.cursor)}, so it "
            "would never be copied; fill the columns and declare them not null"
        )


def _chunks(
    session: Session,
    table: TableColumns,
    start: Watermark | None,
    horizon: datetime | None,
    folder: Path,
) -> Iterator[_Chunk]:
    """Spool the rows above the watermark, chunk by chunk, in the order of the cursor."""
    number, low = 0, start
    reached = start or Watermark("-infinity", None)
    while end := _end_of_chunk(session, table, low, reached, horizon):
        condition, parameters = _between(table, low, end)
        number += 1
        file = spool(
            session,
            f"select {table.select_list} from {table.relation} where {condition} "
            f"order by {', '.join(table.cursor)}",
            parameters,
            folder / f"{number}.csv",
        )
        low = Watermark(end["at"], end["id"])
        if end["is_stable"]:
            reached = low
        elif end["horizon"]:
            reached = Watermark(end["horizon"], None)
        yield _Chunk(file, reached)


def _end_of_chunk(
    session: Session,
    table: TableColumns,
    low: Watermark | None,
    reached: Watermark,
    horizon: datetime | None,
) -> dict[str, Any] | None:
    """The last row of the next chunk; None where there is no row.

    ``is_stable``: it lies below the horizon. ``horizon``: its text, where it lies above what was
    reached before.
    """
    at, ident = table.cursor
    condition, parameters = _between(table, low, None)
    select = (
        f"select {at}::text as at, {ident}::text as id, "
        f"coalesce({at} < %s::timestamptz, false) as is_stable, "
        "case when %s::timestamptz > %s::timestamptz then %s::timestamptz::text end as horizon "
        f"from {table.relation} where {condition} order by "
    )
    values = (horizon, horizon, reached.at, horizon, *parameters)
    full = f"{at}, {ident} offset {table.mapping.chunk_rows - 1} limit 1"
    rest = f"{at} desc, {ident} desc limit 1"
    found = session.rows(select + full, *values) or session.rows(select + rest, *values)
    return found[0] if found else None


def _between(
    table: TableColumns, low: Watermark | None, end: dict[str, Any] | None
) -> tuple[str, tuple[Any, ...]]:
    at, ident = table.cursor
    at_type, id_type = table.cursor_types
    conditions = ["true"]
    parameters: list[str | None] = []
    if low is not None and low.id is None:
        conditions.append(f"{at} >= %s::{at_type}")
        parameters.append(low.at)
    elif low is not None:
        conditions.append(f"({at}, {ident}) > (%s::{at_type}, %s::{id_type})")
        parameters += [low.at, low.id]
    if end is not None:
        conditions.append(f"({at}, {ident}) <= (%s::{at_type}, %s::{id_type})")
        parameters += [end["at"], end["id"]]
    return " and ".join(conditions), tuple(parameters)
