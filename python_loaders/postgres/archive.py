"""Archiving: closed rows leave PostgreSQL once the warehouse is known to hold them.

The steps of a chunk:

1. ``copied``: its rows are read in one snapshot; those that the warehouse lacks land.
2. ``verified``: count, total and content hash, each computed by its own engine, agree.
3. ``intended``: keys and receipt in the warehouse, so that no reconciliation takes the rows for
   deleted.
4. ``deleted``: one transaction locks the rows, finds each as it was in the snapshot, writes the
   receipt's row in PostgreSQL, and deletes (or marks) them.
5. ``archived``: the receipt is closed in the warehouse.

Killed before 4, the receipt is cancelled by the next run; killed after it, closed. The lock of the
archiver belongs to the connection that deletes, so whoever holds it knows that transaction's end.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from python_loaders.errors import ConfigurationError
from python_loaders.loader import Options
from python_loaders.postgres import receipts
from python_loaders.postgres.columns import TableColumns, own
from python_loaders.postgres.comparing import Key, bound, live_sql
from python_loaders.postgres.receipts import Receipt
from python_loaders.postgres.session import Session
from python_loaders.postgres.sync import ARCHIVE, land_rows, spool
from python_loaders.quoting import identifier, pg_identifier
from python_loaders.warehouse import Warehouse

RECEIPT_TABLE = "tradehouse.archive_receipts"
LOCK_TIMEOUT = "10s"


@dataclass(frozen=True)
class Plan:
    """What to archive: rows closed longer ago than ``older_than``, ``batch_rows`` at a time."""

    older_than: timedelta
    batch_rows: int
    max_rows: int | None = None


@dataclass(frozen=True)
class Archived:
    """The result: receipts of this run, and rows that were left because they did not verify, or
    because they changed while they were archived."""

    receipts: list[Receipt]
    rows_unverified: int
    rows_changed: int


@dataclass(frozen=True)
class _Row:
    ident: str
    key: Key
    content: int
    total: str
    changed_at: str
    instant: int


class _Changed(Exception):
    """A row of the chunk is not what it was."""


def count_due(session: Session, table: TableColumns, plan: Plan) -> int:
    """How many rows a run would archive."""
    condition, parameters = _due(table, plan)
    sql = f"select count(*) as n from {table.relation} where {condition}"
    rows = int(session.row(sql, *parameters)["n"])
    return rows if plan.max_rows is None else min(rows, plan.max_rows)


def check(session: Session, table: TableColumns) -> None:
    """Refuse what could not be archived without a loss.

    Raises:
        ConfigurationError: the table is not mapped for archiving, the receipts' table is missing,
            or deleting rows would delete those of other tables.
    """
    mapping = table.mapping
    if not mapping.closed_at:
        raise ConfigurationError(f"{mapping.where}: the mapping has no archive; say closed_at")
    if mapping.feed.mode != "upsert":
        raise ConfigurationError(f"{mapping.where}: only upsert feeds can be archived")
    if session.row("select to_regclass(%s) is null as absent", RECEIPT_TABLE)["absent"]:
        raise ConfigurationError(
            f"source {mapping.source}: no table {RECEIPT_TABLE}, or no usage of its schema; apply "
            "docs/runbooks/postgres.sql"
        )
    if mapping.archived_at:
        return
    cascades = session.rows(
        "select conrelid::regclass::text as name from pg_constraint c "
        "join pg_class t on t.oid = c.confrelid join pg_namespace n on n.oid = t.relnamespace "
        "where contype = 'f' and confdeltype in ('c', 'n', 'd') "
        "and n.nspname || '.' || t.relname = %s",
        mapping.table,
    )
    if cascades:
        raise ConfigurationError(
            f"{mapping.where}: deleting rows would change table {cascades[0]['name']}, which "
            "refers to them with on delete; archive with archived_at"
        )


def archive(session: Session, warehouse: Warehouse, table: TableColumns, plan: Plan) -> Archived:
    """Archive every row that is due. The caller holds the lock ``archive`` and has checked."""
    receipts.create_tables(warehouse)
    settle(session, warehouse, table)
    done: list[Receipt] = []
    left: list[str] = []
    unverified = changed = 0
    while plan.max_rows is None or sum(receipt.rows for receipt in done) < plan.max_rows:
        rows = _copy(session, warehouse, table, plan, left)
        if not rows:
            break
        held = _held(warehouse, table, rows)
        good = [row for row in rows if held.get(row.key) == (row.content, Decimal(row.total))]
        unverified += len(rows) - len(good)
        verified = {row.ident for row in good}
        left += [row.ident for row in rows if row.ident not in verified]
        if not good:
            continue
        receipt = _verify(warehouse, table, good)
        receipts.record_keys(warehouse, receipt, [row.key for row in good])
        receipt = receipts.record(warehouse, receipt, receipts.INTENDED)
        if warehouse.target.type == "chdb":
            # the embedded engine does not wait for the disk, and the rows are about to be nowhere
            # else; a server is told to wait by its own configuration
            os.sync()
        try:
            _remove(session, table, good, receipt)
        except _Changed:
            receipts.record(warehouse, receipt, receipts.CANCELLED)
            changed += len(good)
            left += [row.ident for row in good]
            continue
        done.append(receipts.record(warehouse, receipt, receipts.ARCHIVED))
    return Archived(done, unverified, changed)


def settle(session: Session, warehouse: Warehouse, table: TableColumns) -> None:
    """Close the receipts that a killed run left: archived if its transaction was committed."""
    for receipt in receipts.of_table(warehouse, table.mapping, receipts.INTENDED):
        committed = session.rows(
            f"select 1 as found from {RECEIPT_TABLE} where receipt_id = %s", receipt.receipt_id
        )
        status = receipts.ARCHIVED if committed else receipts.CANCELLED
        receipts.record(warehouse, receipt, status)


def _due(
    table: TableColumns, plan: Plan, left: list[str] | None = None
) -> tuple[str, tuple[object, ...]]:
    closed = own(table.mapping.closed_at)
    _, ident = table.cursor
    return (
        f"{table.is_current} and {closed} < now() - make_interval(secs => %s) "
        f"and not ({ident}::text = any(%s::text[]))",
        (plan.older_than.total_seconds(), left or []),
    )


def _copy(
    session: Session, warehouse: Warehouse, table: TableColumns, plan: Plan, left: list[str]
) -> list[_Row]:
    """Read the next chunk in one snapshot, and land it unless the warehouse has it."""
    condition, parameters = _due(table, plan, left)
    _, ident = table.cursor
    event = table.mapping.feed.column(table.mapping.feed.event_time)
    digest = table.digest
    with session.snapshot():
        found = session.rows(
            f"select {ident}::text as ident, array[{', '.join(table.keys)}] as key, "
            f"{digest.pg_hash} as content, ({digest.pg_total})::text as total, "
            f"{table.cursor[0]}::text as changed_at, "
            f"coalesce({table.micros(event)}, 0) as instant "
            f"from {table.relation} where {condition} "
            f"order by {own(table.mapping.closed_at)}, {ident} limit %s",
            *parameters, plan.batch_rows,
        )  # fmt: skip
        rows = [
            _Row(r["ident"], tuple(r["key"]), r["content"], r["total"], r["changed_at"],
                 r["instant"])
            for r in found
        ]  # fmt: skip
        held = _held(warehouse, table, rows) if rows else {}
        absent = [r.ident for r in rows if held.get(r.key) != (r.content, Decimal(r.total))]
        if absent:
            with tempfile.TemporaryDirectory(prefix="tradehouse-") as folder:
                file = spool(
                    session,
                    f"select {table.select_list} from {table.relation} "
                    f"where {ident} = any(%s::text[]::{table.cursor_types[1]}[])",
                    (absent,),
                    Path(folder) / "chunk.csv",
                )
                land_rows(warehouse, table, file, ARCHIVE, Options(max_reject_rate=1))
    return rows


def _held(
    warehouse: Warehouse, table: TableColumns, rows: list[_Row]
) -> dict[Key, tuple[int, Decimal]]:
    """What the warehouse has live in the time that the rows span, by key."""
    event = identifier(table.mapping.feed.event_time)
    within = f"toUnixTimestamp64Micro({event}) between {{low:Int64}} and {{high:Int64}}"
    return {
        tuple(row["row_key"]): (int(row["row_content"]), Decimal(row["total"]))
        for row in warehouse.rows(
            "select row_key, row_content, toString(row_total) as total "
            f"from {live_sql(warehouse, table, within)}",
            low=min(row.instant for row in rows),
            high=max(row.instant for row in rows),
            **bound(table),
        )
    }


def _verify(warehouse: Warehouse, table: TableColumns, rows: list[_Row]) -> Receipt:
    """Count, total and hash of a chunk as the warehouse has it, against those of PostgreSQL.

    Raises:
        AssertionError: they differ, although every row agreed a moment ago.
    """
    held = _held(warehouse, table, rows)
    ours = [held[row.key] for row in rows if row.key in held]
    figures = (
        len(ours), sum(total for _, total in ours), sum(content for content, _ in ours)
    )  # fmt: skip
    expected = (
        len(rows), sum(Decimal(row.total) for row in rows), sum(row.content for row in rows)
    )  # fmt: skip
    if figures != expected:
        raise AssertionError(f"the warehouse holds {figures} where PostgreSQL has {expected}")
    return Receipt(
        receipt_id=uuid.uuid4().hex,
        feed=table.mapping.feed.name,
        source=table.mapping.label,
        rows=len(rows),
        total=str(expected[1]),
        content_hash=str(expected[2]),
    )


def _remove(session: Session, table: TableColumns, rows: list[_Row], receipt: Receipt) -> None:
    """Delete or mark the rows of a chunk, all of them or none.

    Raises:
        _Changed: one is gone or not what it was.
    """
    at, ident = table.cursor
    idents = [row.ident for row in rows]
    these = f"{ident} = any(%s::text[]::{table.cursor_types[1]}[])"
    digest = table.digest
    with session.transaction():
        session.rows(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
        now = session.rows(
            f"select {ident}::text as ident, {digest.pg_hash} as content, "
            f"{at}::text as changed_at from {table.relation} "
            f"where {these} and {table.is_current} order by {ident} for update",
            idents,
        )
        found = sorted((row["ident"], row["content"], row["changed_at"]) for row in now)
        if found != sorted((row.ident, row.content, row.changed_at) for row in rows):
            raise _Changed
        session.rows(
            f"insert into {RECEIPT_TABLE} (receipt_id, source, feed, rows, total, content_hash) "
            "values (%s, %s, %s, %s, %s, %s)",
            receipt.receipt_id, receipt.source, receipt.feed, receipt.rows,
            Decimal(receipt.total), Decimal(receipt.content_hash),
        )  # fmt: skip
        if table.mapping.archived_at:
            mark = pg_identifier(table.mapping.archived_at)
            done = f"update {table.relation} set {mark} = now() where {these}"
        else:
            done = f"delete from {table.relation} where {these}"
        gone = session.rows(f"with gone as ({done} returning 1) select count(*) as n from gone",
                            idents)  # fmt: skip
        if gone[0]["n"] != len(rows):
            # a trigger or a row policy kept some
            raise _Changed
