"""The ledger: one row per state of every batch, appended and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from python_loaders.contract import Feed
from python_loaders.raw import LEDGER, LEDGER_COLUMNS
from python_loaders.warehouse import Warehouse

STAGED, DONE, REFUSED, ROLLED_BACK = "staged", "done", "refused", "rolled_back"


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Batch:
    """A row of the ledger: what a batch is, and what became of its rows.

    ``rows_read = rows_landed + rows_duplicate + rows_rejected``. Of the landed, ``rows_corrected``
    replaced a live version and ``rows_deleted`` retracted one; of the duplicates,
    ``rows_superseded`` lost to a later row of the same key in the same source and ``rows_stale``
    had a lower version than the live row. ``event_time_min`` and ``event_time_max`` span the rows
    that the batch added, also those that later batches retracted.
    """

    feed: str
    batch_seq: int
    batch_id: str
    source: str
    source_sha256: str
    source_bytes: int
    format: str
    options: str
    fingerprint: str
    started_at: datetime
    revision: int = 0
    status: str = STAGED
    rows_read: int = 0
    rows_landed: int = 0
    rows_corrected: int = 0
    rows_deleted: int = 0
    rows_duplicate: int = 0
    rows_superseded: int = 0
    rows_stale: int = 0
    rows_rejected: int = 0
    values_rounded: int = 0
    event_time_min: datetime | None = None
    event_time_max: datetime | None = None
    recorded_at: datetime = field(default_factory=utc_now)
    message: str = ""

    def with_counts(
        self,
        actions: Mapping[str, int],
        rows_added: int,
        event_time_min: datetime | None,
        event_time_max: datetime | None,
    ) -> Batch:
        """The batch with what became of its rows.

        Args:
            actions: rows by what the classification decided: correct, delete, duplicate,
                superseded, stale, absent (a deletion of nothing), conflict.
            rows_added: new versions, corrections among them.
        """

        def rows(*names: str) -> int:
            return sum(actions.get(name, 0) for name in names)

        return replace(
            self,
            rows_landed=rows_added + rows("delete"),
            rows_corrected=rows("correct"),
            rows_deleted=rows("delete"),
            rows_duplicate=rows("duplicate", "superseded", "stale", "absent"),
            rows_superseded=rows("superseded"),
            rows_stale=rows("stale"),
            rows_rejected=self.rows_rejected + rows("conflict"),
            event_time_min=event_time_min,
            event_time_max=event_time_max,
        )


def ledger_sql(warehouse: Warehouse) -> str:
    """A subquery of the state of every batch: its row of the highest revision."""
    return (
        f"(select * from {warehouse.name(LEDGER)} "
        "order by revision desc limit 1 by feed, batch_seq)"
    )


def record(warehouse: Warehouse, batch: Batch) -> Batch:
    """Append a state of a batch to the ledger: one row, one part, so all or nothing."""
    batch = replace(batch, revision=batch.revision + 1, recorded_at=utc_now())
    row = {
        name: instant_text(value) if isinstance(value, datetime) else value
        for name, value in asdict(batch).items()
    }
    values = ", ".join(f"{{{name}:{LEDGER_COLUMNS[name]}}}" for name in row)
    warehouse.command(
        f"insert into {warehouse.name(LEDGER)} ({', '.join(row)}) values ({values})", **row
    )
    return batch


def open_batch(warehouse: Warehouse, feed: Feed) -> Batch | None:
    """The feed's batch that is staged and not done, if there is one."""
    rows = warehouse.rows(
        f"select * from {ledger_sql(warehouse)} "
        "where feed = {f:String} and status = {s:String}",
        f=feed.name,
        s=STAGED,
    )
    return Batch(**rows[0]) if rows else None


def landed_before(warehouse: Warehouse, feed: Feed, fingerprint: str) -> Batch | None:
    """The done batch of the same source, if it landed before."""
    rows = warehouse.rows(
        f"select * from {ledger_sql(warehouse)} where feed = {{f:String}} "
        "and status = {s:String} and fingerprint = {p:String} order by batch_seq limit 1",
        f=feed.name,
        s=DONE,
        p=fingerprint,
    )
    return Batch(**rows[0]) if rows else None


def next_batch_seq(warehouse: Warehouse, feed: Feed) -> int:
    return int(
        warehouse.scalar(
            f"select max(batch_seq) + 1 from {warehouse.name(LEDGER)} where feed = {{f:String}}",
            f=feed.name,
        )
    )


def instant_text(at: datetime) -> str:
    """An instant as ClickHouse reads it, in UTC to the microsecond."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def options_text(options: dict[str, Any]) -> str:
    return json.dumps(options, sort_keys=True)
