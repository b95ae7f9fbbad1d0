"""What was archived: the keys that left PostgreSQL, and a receipt for each chunk of them.

A receipt is ``intended`` before its rows are deleted, then ``archived``, or ``cancelled`` when they
were not. The row of the same id in PostgreSQL, written by the transaction that deletes, says which.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from python_loaders.ledger import instant_text, utc_now
from python_loaders.postgres.mapping import TableMapping
from python_loaders.warehouse import Table, Warehouse

INTENDED, ARCHIVED, CANCELLED = "intended", "archived", "cancelled"

RECEIPTS = "_archive_receipts"
KEYS = "_archived_keys"

_RECEIPT_COLUMNS = {
    "receipt_id": "String",
    "revision": "UInt32",
    "status": "LowCardinality(String)",
    "feed": "LowCardinality(String)",
    "source": "LowCardinality(String)",
    "rows": "UInt64",
    "total": "Decimal(76, 12)",
    "content_hash": "Int256",
    "recorded_at": "DateTime64(6, 'UTC')",
}


@dataclass(frozen=True)
class Receipt:
    """A chunk of archived rows.

    ``total`` sums the decimal columns of all rows, ``content_hash`` the hashes of the rows; both
    are texts of numbers and the same in PostgreSQL and in the warehouse.
    """

    receipt_id: str
    feed: str
    source: str
    rows: int
    total: str
    content_hash: str
    revision: int = 0
    status: str = INTENDED


def create_tables(warehouse: Warehouse) -> None:
    warehouse.create(Table(RECEIPTS, _RECEIPT_COLUMNS, order_by="feed, receipt_id, revision"))
    warehouse.create(
        Table(
            KEYS,
            {
                "feed": "LowCardinality(String)",
                "receipt_id": "LowCardinality(String)",
                "key": "Array(String)",
            },
            order_by="feed, receipt_id, key",
        )
    )


def record(warehouse: Warehouse, receipt: Receipt, status: str) -> Receipt:
    """Append a state of a receipt: one row, so all or nothing."""
    receipt = replace(receipt, status=status, revision=receipt.revision + 1)
    row = {**asdict(receipt), "recorded_at": instant_text(utc_now())}
    values = ", ".join(f"{{{name}:{_RECEIPT_COLUMNS[name]}}}" for name in row)
    warehouse.command(
        f"insert into {warehouse.name(RECEIPTS)} ({', '.join(row)}) values ({values})", **row
    )
    return receipt


def record_keys(warehouse: Warehouse, receipt: Receipt, keys: list[tuple[str, ...]]) -> None:
    """Say which rows a receipt is about, before it is recorded."""
    warehouse.insert_json(
        KEYS,
        [
            {"feed": receipt.feed, "receipt_id": receipt.receipt_id, "key": list(key)}
            for key in keys
        ],
    )


def of_table(warehouse: Warehouse, mapping: TableMapping, status: str) -> list[Receipt]:
    """The receipts of a table whose last state this is."""
    if not warehouse.table_exists(RECEIPTS):
        return []
    rows = warehouse.rows(
        f"select * from {_latest(warehouse)} where feed = {{f:String}} and source = {{l:String}} "
        "and status = {s:String} order by recorded_at",
        f=mapping.feed.name,
        l=mapping.label,
        s=status,
    )
    return [_receipt(row) for row in rows]


def archived_keys_sql(warehouse: Warehouse, mapping: TableMapping) -> str | None:
    """A subquery of the keys that left the table by archiving; None where there are none.

    With the intended ones: a row that is about to leave must not look deleted.
    """
    if not warehouse.table_exists(RECEIPTS):
        return None
    return (
        f"(select key from {warehouse.name(KEYS)} where feed = {{feed:String}} and receipt_id in "
        f"(select receipt_id from {_latest(warehouse)} where feed = {{feed:String}} "
        f"and source = {{label:String}} and status <> '{CANCELLED}'))"
    )


def _latest(warehouse: Warehouse) -> str:
    return (
        f"(select * from {warehouse.name(RECEIPTS)} order by revision desc limit 1 by receipt_id)"
    )


def _receipt(row: dict[str, Any]) -> Receipt:
    return Receipt(
        row["receipt_id"], row["feed"], row["source"], int(row["rows"]), str(row["total"]),
        str(row["content_hash"]), int(row["revision"]), row["status"],
    )  # fmt: skip
