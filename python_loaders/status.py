"""What a user is told of the warehouse: every feed, its batches, and its rejects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from python_loaders.contract import Feed
from python_loaders.ledger import DONE, STAGED, ledger_sql, utc_now
from python_loaders.quoting import identifier
from python_loaders.raw import REJECTS
from python_loaders.warehouse import Warehouse

# What a user is told of a batch's rows, by the columns of the ledger.
COUNTS = {
    "read": "rows_read",
    "landed": "rows_landed",
    "duplicates": "rows_duplicate",
    "rejected": "rows_rejected",
    "corrected": "rows_corrected",
    "deleted": "rows_deleted",
    "superseded": "rows_superseded",
    "stale": "rows_stale",
    "rounded": "values_rounded",
}


@dataclass(frozen=True)
class Live:
    """How many rows of a feed are live, and the span of the event times."""

    rows: int
    event_time_min: datetime | None
    event_time_max: datetime | None


def batch_rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    """The state of every batch, oldest first."""
    return warehouse.rows(f"select * from {ledger_sql(warehouse)} order by feed, batch_seq")


def live_rows(warehouse: Warehouse, feed: Feed) -> Live:
    time = identifier(feed.event_time)
    row = warehouse.rows(
        f"select sum(toInt64(_sign)) as n, min({time}) as low, max({time}) as high "
        f"from {warehouse.name(feed.name)}"
    )[0]
    rows = int(row["n"] or 0)
    return Live(rows, row["low"], row["high"]) if rows else Live(0, None, None)


def feed_status(
    states: list[dict[str, Any]], feeds: dict[str, Feed], live_of: Callable[[Feed], Live]
) -> list[dict[str, Any]]:
    """One object per feed, with one per batch below it.

    ``rows`` are the live rows; ``freshness_s`` is the age in seconds of the newest event time.
    In every batch ``read = landed + duplicates + rejected``.
    """
    batches: dict[str, list[dict[str, Any]]] = {}
    for row in states:
        batches.setdefault(row["feed"], []).append(_batch(row))
    result = []
    for feed in feeds.values():
        own = batches.get(feed.name, [])
        live = live_of(feed)
        newest = live.event_time_max
        result.append(
            {
                "feed": feed.name,
                "rows": live.rows,
                "batches_done": sum(batch["status"] == DONE for batch in own),
                "batches_open": sum(batch["status"] == STAGED for batch in own),
                "last_batch": own[-1]["batch_id"] if own else None,
                "read": sum(batch["read"] for batch in own),
                "landed": sum(batch["landed"] for batch in own),
                "duplicates": sum(batch["duplicates"] for batch in own),
                "rejected": sum(batch["rejected"] for batch in own),
                "event_time_min": live.event_time_min,
                "event_time_max": newest,
                "freshness_s": int((utc_now() - newest).total_seconds()) if newest else None,
                "batches": own,
            }
        )
    return result


def _batch(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "batch_id": row["batch_id"],
        "batch_seq": row["batch_seq"],
        "status": row["status"],
        "source": row["source"],
        "format": row["format"],
        **{name: row[column] for name, column in COUNTS.items()},
        "started_at": row["started_at"],
        "recorded_at": row["recorded_at"],
        "message": row["message"],
    }


def rejected_rows(warehouse: Warehouse, feed: Feed, limit: int) -> list[dict[str, Any]]:
    """The newest quarantined rows of a feed, with reasons and source row."""
    return warehouse.rows(
        'select batch_id, source, "row", "column", value, reason, reasons, record, rejected_at '
        f"from {warehouse.name(REJECTS)} where feed = {{f:String}} "
        'order by _batch_seq desc, "row" limit {n:UInt64}',
        f=feed.name,
        n=limit,
    )
