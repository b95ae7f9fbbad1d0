"""Reconciliation: what a comparison finds different lands, deletions among it."""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from python_loaders.loader import Loaded, Options
from python_loaders.postgres.columns import TableColumns
from python_loaders.postgres.comparing import (
    DIFFERENT,
    MISSING,
    UNEXPECTED,
    Difference,
    Key,
    find_differences,
)
from python_loaders.postgres.session import Session
from python_loaders.postgres.sync import REPAIR, land_rows, last_batch, spool
from python_loaders.warehouse import Warehouse


def repair(session: Session, warehouse: Warehouse, table: TableColumns) -> list[Loaded]:
    """Land the differences between the table and its feed. In the snapshot of ``sync_changes``.

    There the feed has everything that the snapshot shows above the watermark. What still differs
    was deleted, or changed without moving the cursor, or rejected. An append feed takes no
    deletions and no corrections; ``verify`` shows them.
    """
    _, differences = find_differences(session, warehouse, table)
    upserts, deletions = _actions(table, differences)
    if not upserts and not deletions:
        return []
    told = _digest(upserts)
    rejected = _known_rejects(warehouse, table)
    if told == rejected:
        # PostgreSQL has them, the contract does not take them: once in the quarantine is enough
        upserts = []
    if not upserts and not deletions:
        return []
    note = {"upserts": told, "upsert_rows": len(upserts), "deletions": len(deletions)}
    with tempfile.TemporaryDirectory(prefix="tradehouse-") as folder:
        file = _spool(session, table, upserts, deletions, Path(folder) / "differences.csv")
        landed = land_rows(warehouse, table, file, REPAIR, Options(max_reject_rate=1), note=note)
    return [landed] if landed else []


def _actions(
    table: TableColumns, differences: list[Difference]
) -> tuple[list[Difference], list[Difference]]:
    takes_changes = table.mapping.feed.mode == "upsert"
    kinds = (MISSING, DIFFERENT) if takes_changes else (MISSING,)
    upserts = [difference for difference in differences if difference.kind in kinds]
    deletions = [difference for difference in differences if difference.kind == UNEXPECTED]
    return upserts, deletions if takes_changes else []


def _digest(differences: list[Difference]) -> str:
    return hashlib.sha256(json.dumps([d.key for d in differences]).encode()).hexdigest()


def _known_rejects(warehouse: Warehouse, table: TableColumns) -> str:
    """Which set of rows the last repair sent in vain; '' for none."""
    before = last_batch(warehouse, table.mapping, REPAIR)
    if before is None:
        return ""
    said = json.loads(before.options)
    in_vain = before.rows_rejected == said["upsert_rows"]
    return str(said["upserts"]) if in_vain else ""


def _spool(
    session: Session,
    table: TableColumns,
    upserts: list[Difference],
    deletions: list[Difference],
    file: Path,
) -> Path:
    keys = [f"({key})" for key in table.keys]
    columns: list[list[str]] = [[d.key[place] for d in upserts] for place in range(len(keys))]
    given = ", ".join("%s::text[]" for _ in keys)
    spool(
        session,
        f"select {table.select_list} from {table.relation} where {table.is_current} "
        f"and ({', '.join(keys)}) in (select * from unnest({given})) "
        f"order by {', '.join(table.cursor)}",
        tuple(columns),
        file,
    )
    names = [*table.mapping.columns, "_op"]
    with file.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for deletion in deletions:
            written = _texts(table, deletion.key)
            writer.writerow([written.get(name, "") for name in names])
    return file


def _texts(table: TableColumns, key: Key) -> dict[str, str]:
    """A deletion's row: the key as the contract reads it, and what to do."""
    feed = table.mapping.feed
    texts = {"_op": "delete"}
    for name, text in zip(feed.key, key, strict=True):
        if feed.column(name).base_type.startswith("DateTime64"):
            text = micros_text(int(text))
        texts[name] = text
    return texts


def micros_text(micros: int) -> str:
    """An instant given in microseconds since 1970 as text with its offset."""
    seconds, rest = divmod(micros, 1_000_000)
    at = datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=rest)
    return at.isoformat()
