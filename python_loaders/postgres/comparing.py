"""Comparing a table with its feed: by month first, then by key in the months that differ.

A row is in its place when the warehouse has it live with the same content, whoever brought it. A
row is unexpected when this table brought it, the table has it no longer, and it was not archived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from python_loaders.ledger import DONE, ledger_sql
from python_loaders.postgres.columns import TableColumns, ch_canonical
from python_loaders.postgres.receipts import archived_keys_sql
from python_loaders.postgres.session import Session
from python_loaders.quoting import identifier
from python_loaders.raw import key_hash_sql
from python_loaders.warehouse import Warehouse

MISSING, DIFFERENT, UNEXPECTED = "missing", "different", "unexpected"

Key = tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """What a month holds on one side; total and hash are texts of numbers."""

    rows: int = 0
    total: str = "0"
    content_hash: str = "0"


@dataclass(frozen=True)
class Month:
    """A month (YYYYMM, '' for times outside the calendar) on both sides."""

    month: str
    source: Figures
    warehouse: Figures


@dataclass(frozen=True)
class Difference:
    """A key that is ``missing`` or ``unexpected`` in the warehouse, or ``different`` there."""

    key: Key
    kind: str


def live_sql(warehouse: Warehouse, table: TableColumns, where: str = "1") -> str:
    """A subquery of the feed's live rows: month, key, hash, total, instant, is_own.

    Its parameters are ``feed`` and ``label``.
    """
    mapping, feed = table.mapping, table.mapping.feed
    digest = table.digest
    keys = ", ".join(ch_canonical(feed.column(name)) for name in feed.key)
    event = identifier(feed.event_time)
    done = (
        f"(select max(batch_seq) from {ledger_sql(warehouse)} "
        f"where feed = {{feed:String}} and status = '{DONE}')"
    )
    own = (
        f"(select batch_seq from {ledger_sql(warehouse)} where feed = {{feed:String}} "
        f"and source = {{label:String}} and status = '{DONE}')"
    )
    archived = archived_keys_sql(warehouse, mapping)
    is_own = f"newest in {own}" + (f" and row_key not in {archived}" if archived else "")
    return f"""(
        select row_month, row_key, row_content, row_total, row_instant, {is_own} as is_own
        from (
            select
                any(at_month) as row_month, any(at_key) as row_key, any(content) as row_content,
                any(amount) as row_total, any(at_micros) as row_instant,
                maxIf(batch, sign = 1) as newest
            from (
                select
                    toString(toYYYYMM({event})) as at_month, [{keys}] as at_key,
                    {digest.ch_hash} as content, {digest.ch_total} as amount,
                    toUnixTimestamp64Micro({event}) as at_micros, _batch_seq as batch,
                    _sign as sign, {key_hash_sql(feed)} as key_hash, _row_hash as row_hash,
                    _partition_id as part
                from {warehouse.name(feed.name)}
                where _batch_seq <= {done} and {where}
            )
            group by part, key_hash, row_hash
            having sum(sign) > 0
        )
    )"""


def bound(table: TableColumns) -> dict[str, str]:
    """The parameters of ``live_sql``."""
    return {"feed": table.mapping.feed.name, "label": table.mapping.label}


def compare_months(session: Session, warehouse: Warehouse, table: TableColumns) -> list[Month]:
    """The figures of every month on both sides. Within a snapshot."""
    digest = table.digest
    theirs = {
        row["month"]: Figures(row["n"], row["total"], row["content"])
        for row in session.rows(
            f"select {table.month} as month, count(*) as n, "
            f"trim_scale(coalesce(sum({digest.pg_total}), 0))::text as total, "
            f"coalesce(sum(({digest.pg_hash})::numeric), 0)::text as content "
            f"from {table.relation} where {table.is_current} group by 1"
        )
    }
    ours = {
        row["month"]: Figures(int(row["n"]), row["total"], row["content"])
        for row in warehouse.rows(
            "select row_month as month, count() as n, toString(sum(row_total)) as total, "
            "toString(sum(toInt256(row_content))) as content "
            f"from {live_sql(warehouse, table)} where is_own group by row_month",
            **bound(table),
        )
    }
    nothing = Figures()
    return [
        Month(month, theirs.get(month, nothing), ours.get(month, nothing))
        for month in sorted({*theirs, *ours})
    ]


def find_differences(
    session: Session, warehouse: Warehouse, table: TableColumns
) -> tuple[list[Month], list[Difference]]:
    """Compare month by month, then list the keys of the months that differ. Within a snapshot."""
    months = compare_months(session, warehouse, table)
    absent: set[Key] = set()
    unexpected: set[Key] = set()
    different: set[Key] = set()
    for month in months:
        if month.source == month.warehouse:
            continue
        theirs = {
            tuple(row["key"]): row["content"]
            for row in session.rows(
                f"select array[{', '.join(table.keys)}] as key, {table.digest.pg_hash} as content "
                f"from {table.relation} where {table.is_current} and {table.month} = %s",
                month.month,
            )
        }
        ours = {
            tuple(row["row_key"]): row
            for row in warehouse.rows(
                "select row_key, row_content, is_own "
                f"from {live_sql(warehouse, table)} where row_month = {{month:String}}",
                month=month.month,
                **bound(table),
            )
        }
        for key, content in theirs.items():
            if key not in ours:
                absent.add(key)
            elif int(ours[key]["row_content"]) != content:
                different.add(key)
        unexpected |= {key for key, row in ours.items() if row["is_own"] and key not in theirs}
    moved = absent & unexpected
    return months, list(
        _sorted({MISSING: absent - moved, DIFFERENT: different | moved,
                 UNEXPECTED: unexpected - moved})
    )  # fmt: skip


def _sorted(kinds: dict[str, set[Key]]) -> Iterator[Difference]:
    for kind, keys in kinds.items():
        for key in sorted(keys):
            yield Difference(key, kind)


def as_rows(months: list[Month]) -> list[dict[str, Any]]:
    """Months as flat rows, for tables and JSON."""
    return [
        {
            "month": month.month,
            "source_rows": month.source.rows,
            "warehouse_rows": month.warehouse.rows,
            "source_total": month.source.total,
            "warehouse_total": month.warehouse.total,
            "equal": month.source == month.warehouse,
        }
        for month in months
    ]
