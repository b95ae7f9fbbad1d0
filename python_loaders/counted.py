"""Classification of append feeds that count alike rows: ticks, quotes, books.

Duplicates share the event time, so each is looked for in its own partition. A row that the source
names is there once; of rows alike that it does not name, as many are kept as the source or the log
has, whichever has more. So a repeated or an overlapping file adds nothing, and two real identical
prints stay two.
"""

from __future__ import annotations

from dataclasses import dataclass

from python_loaders.classify import BUCKET_ROWS, PLAN_COLUMNS, Classification
from python_loaders.contract import Feed
from python_loaders.ledger import Batch
from python_loaders.quoting import identifier, literal
from python_loaders.warehouse import Table, Warehouse

# Hashes compared at a time: bounds the memory of sets.
HASHES_AT_ONCE = 8_000_000


def classify(warehouse: Warehouse, feed: Feed, batch: Batch) -> Batch:
    """Build the stage of a batch from its incoming rows; returns the batch with its counts."""
    return _Counted(warehouse, feed).classify(batch)


@dataclass(frozen=True)
class _Partition:
    """Where incoming rows lie, and how many."""

    id: str
    rows: int


class _Counted(Classification):
    def plan(self, batch: Batch) -> None:
        self.warehouse.create(Table(self.tables.plan, PLAN_COLUMNS, order_by="_row"))
        for partition in self._partitions():
            for looked in self._buckets(partition, HASHES_AT_ONCE):
                if self._may_repeat(partition, looked):
                    for bucket in self._buckets(partition, BUCKET_ROWS):
                        self._plan(partition, f"{looked} and {bucket}")

    def _buckets(self, partition: _Partition, rows: int) -> list[str]:
        """Conditions that each take about as many rows of a partition, all of them together."""
        buckets = max(1, -(-partition.rows // rows))
        if buckets == 1:
            return ["1"]
        # by bits of the hash that the other division does not use
        shifted = f"intDiv({self._hash_sql()}, {rows})"
        return [f"{shifted} % {buckets} = {bucket}" for bucket in range(buckets)]

    def _partitions(self) -> list[_Partition]:
        return [
            _Partition(id, rows)
            for id, rows in sorted(self.warehouse.partition_rows(self.tables.incoming).items())
        ]

    def _hash_sql(self) -> str:
        """A hash that duplicates share; others may too, so it only says where to look."""
        # the hash of a NULL would be NULL
        every = ", ".join(
            f"assumeNotNull({identifier(column.name)})" for column in self.feed.columns
        )
        if self.feed.named_by is None:
            return f"cityHash64({every})"
        key = ", ".join(identifier(name) for name in self.feed.key)
        return f"if({identifier(self.feed.named_by)} <> '', cityHash64({key}), cityHash64({every}))"

    def _rows_of(self, table: str, partition: _Partition, columns: str) -> str:
        return (
            f"select {columns} from {self.warehouse.name(table)} "
            f"where _partition_id = {literal(partition.id)}"
        )

    def _may_repeat(self, partition: _Partition, bucket: str) -> bool:
        """Whether rows of a partition share a hash with each other, or with the log."""
        hashed = f"{self._hash_sql()} as h"
        incoming = self._rows_of(self.tables.incoming, partition, hashed) + f" and {bucket}"
        if self.warehouse.scalar(f"select count() > uniqExact(h) from ({incoming})"):
            return True
        if self.warehouse.scalar(self._rows_of(self.feed.name, partition, "count() = 0")):
            return False
        log = self._rows_of(self.feed.name, partition, hashed) + f" and {bucket}"
        return bool(self.warehouse.scalar(f"select count() from ({log}) where h in ({incoming})"))

    def _plan(self, partition: _Partition, bucket: str) -> None:
        """What becomes of the rows that are there already; the first of a name stays, of rows alike
        as many as the log lacks."""
        tables, feed = self.tables, self.feed
        columns = ", ".join(identifier(name) for name in feed.column_names)
        keys = ", ".join(identifier(name) for name in feed.key)
        named = "0" if feed.named_by is None else f"{identifier(feed.named_by)} <> ''"
        hashed = f"{self._hash_sql()} as h"
        incoming = self._rows_of(tables.incoming, partition, hashed) + f" and {bucket}"
        log = self._rows_of(feed.name, partition, hashed) + f" and {bucket}"
        rows = self._rows_of(tables.incoming, partition, f"{hashed}, 1 as is_new, _row, {columns}")
        old = self._rows_of(feed.name, partition, f"{hashed}, 0 as is_new, 0 as _row, {columns}")
        self.warehouse.command(
            f"""
            insert into {self.warehouse.name(tables.plan)} (key_hash, _row, action)
            with candidates as (
                select h from ({incoming}) group by h having count() > 1
                union all
                select h from ({log}) where h in ({incoming})
            ),
            seen as (
                select * from ({rows} and {bucket}) where h in (select h from candidates)
                union all
                select * from ({old} and {bucket}) where h in (select h from candidates)
            ),
            named_rows as (
                select
                    h, is_new, _row,
                    row_number() over (partition by {keys} order by is_new, _row) as nth,
                    tuple({columns}) as content,
                    first_value(tuple({columns})) over (
                        partition by {keys} order by is_new, _row
                    ) as kept
                from seen
                where {named}
            ),
            counted_rows as (
                select
                    h, is_new, _row,
                    row_number() over (partition by {columns}, is_new order by _row) as nth,
                    countIf(is_new = 0) over (partition by {columns}) as live
                from seen
                where not ({named})
            )
            select h, _row, if(content = kept, 'duplicate', 'conflict')
            from named_rows where is_new and nth > 1
            union all
            select h, _row, 'duplicate' from counted_rows where is_new and nth <= live
            """
        )
