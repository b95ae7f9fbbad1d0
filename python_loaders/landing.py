"""Landing: a batch reaches raw exactly once, also when the loader is killed at any step.

The steps of a batch, in order (DESIGN 3 and 4):

1. ``incoming``: the good rows in a table with raw's structure, and one key row for each.
2. ``classified`` (``classify``): duplicates, superseded and stale rows dropped, corrections and
   deletions turned into retractions; what remains is the stage table.
3. ``staged``: one ledger row. Killed before it, the batch starts over; after it, it is finished
   from the stage, without the source.
4. ``published``: key index, raw and rejects, partition by partition, by counting the batch's rows:
   none, attach; all, skip; anything else, delete them and attach.
5. ``done``: one ledger row; the stage goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from typing import Any

import pyarrow as pa

from python_loaders import classify, counted
from python_loaders.contract import Feed
from python_loaders.errors import WarehouseUnavailable
from python_loaders.feed_lock import exclusive
from python_loaders.inserts import Inserts
from python_loaders.ledger import (
    DONE,
    REFUSED,
    ROLLED_BACK,
    STAGED,
    Batch,
    instant_text,
    landed_before,
    next_batch_seq,
    open_batch,
    record,
)
from python_loaders.quoting import literal
from python_loaders.raw import (
    REJECTS,
    WorkingTables,
    feed_table,
    key_table,
    rejects_table,
    row_hash_sql,
)
from python_loaders.warehouse import Warehouse


class Landing:
    """The open batch of one feed. The caller holds the feed (``held``, ``feed_lock.exclusive``)."""

    def __init__(self, warehouse: Warehouse, feed: Feed) -> None:
        self.warehouse = warehouse
        self.feed = feed
        self.tables = WorkingTables.of(feed)
        self._inserts = Inserts(warehouse)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the feed while the body runs, after settling what a killed loader left of it."""
        with exclusive(self.warehouse, self.feed.name):
            self.recover()
            yield

    def landed_before(self, fingerprint: str) -> Batch | None:
        return landed_before(self.warehouse, self.feed, fingerprint)

    def next_batch_seq(self) -> int:
        return next_batch_seq(self.warehouse, self.feed)

    # -- recovery -------------------------------------------------------------------------------

    def recover(self) -> Batch | None:
        """Finish the batch that a killed loader left staged, or roll it back if its stage is lost.

        What was not staged yet is dropped: that batch starts over.
        """
        batch = open_batch(self.warehouse, self.feed)
        if batch is not None:
            if self.warehouse.table_exists(self.tables.stage):
                batch = self.publish(batch)
            else:
                batch = self.roll_back(batch, "the stage was lost")
        self.drop_working_tables()
        return batch

    def abandon(self) -> None:
        """Leave no working table of a refused or failed batch; one that is staged stays."""
        with suppress(Exception):  # the first failure is the one that is told
            self._inserts.close()
        if open_batch(self.warehouse, self.feed) is None:
            self.drop_working_tables()

    def drop_working_tables(self) -> None:
        for table in asdict(self.tables).values():
            self.warehouse.drop(table)

    def roll_back(self, batch: Batch, why: str) -> Batch:
        """Take every row of a batch out of raw, the key index and the rejects."""
        for table in self._targets():
            self._delete(table, batch)
        return record(self.warehouse, replace(batch, status=ROLLED_BACK, message=why))

    # -- 1: incoming ----------------------------------------------------------------------------

    def begin(self, batch: Batch) -> None:
        """Create the empty working tables of a batch."""
        raw = feed_table(self.feed)
        own = {
            "_batch_id": literal(batch.batch_id),
            "_batch_seq": str(batch.batch_seq),
            "_sign": "1",
            "_loaded_at": f"toDateTime64({literal(instant_text(batch.started_at))}, 6, 'UTC')",
            "_row_hash": row_hash_sql(self.feed),
        }
        # without merges: raw merges the parts it is given anyway
        self.warehouse.create(
            replace(raw, name=self.tables.incoming, defaults={**raw.defaults, **own}, merges=False)
        )
        self.warehouse.create(rejects_table(self.tables.stage_rejects))

    def add(self, rows: pa.Table) -> None:
        """Add good rows: the contract's columns, ``_row`` and ``_sign`` (-1 asks for deletion)."""
        self._inserts.add(lambda warehouse: warehouse.insert(self.tables.incoming, rows))

    def add_rejects(self, batch: Batch, rejects: list[dict[str, Any]]) -> None:
        """Add rejected rows: row, column, value, reason, reasons, record."""
        if not rejects:
            return
        common = {
            "feed": self.feed.name,
            "batch_id": batch.batch_id,
            "_batch_seq": batch.batch_seq,
            "source": batch.source,
            "rejected_at": instant_text(batch.started_at),
        }
        self.warehouse.insert_json(
            self.tables.stage_rejects, [{**common, **reject} for reject in rejects]
        )

    # -- 2 to 5: classified, staged, published, done ----------------------------------------------

    def classify(self, batch: Batch) -> Batch:
        """Build the stage from the incoming rows; returns the batch with its counts."""
        self._inserts.settle()
        if self.feed.counted:
            batch = counted.classify(self.warehouse, self.feed, batch)
        else:
            batch = classify.classify(self.warehouse, self.feed, batch, self._inserts)
        self._inserts.close()
        return batch

    def worst_reject(self) -> dict[str, Any]:
        """The most frequent reason of the batch: column, value, reason, n, first_row."""
        return self.warehouse.rows(
            'select "column", any(value) as value, reason, count() as n, min("row") as first_row '
            f"from {self.warehouse.name(self.tables.stage_rejects)} "
            'group by "column", reason order by n desc, "column" limit 1'
        )[0]

    def commit(self, batch: Batch) -> Batch:
        """Say ``staged`` in the ledger, then publish; not a batch that does not add up."""
        told = batch.rows_landed + batch.rows_duplicate + batch.rows_rejected
        if told != batch.rows_read:
            raise WarehouseUnavailable(
                f"{batch.source}: {batch.rows_read} rows were read and {told} arrived; nothing "
                "landed; the connection lost or repeated some, load the source again"
            )
        batch = self.publish(record(self.warehouse, replace(batch, status=STAGED)))
        self.drop_working_tables()
        return batch

    def refuse(self, batch: Batch, why: str) -> Batch:
        """Keep the rejects for reading, and say in the ledger that nothing landed."""
        self._publish_table(self.tables.stage_rejects, REJECTS, batch)
        return record(self.warehouse, replace(batch, status=REFUSED, message=why))

    def publish(self, batch: Batch) -> Batch:
        """Attach what is staged and not in raw yet; safe to repeat."""
        if self.feed.uses_key_index:
            self._publish_table(self.tables.stage_keys, key_table(self.feed), batch)
        self._publish_table(self.tables.stage, self.feed.name, batch)
        self._publish_table(self.tables.stage_rejects, REJECTS, batch)
        return record(self.warehouse, replace(batch, status=DONE))

    def _targets(self) -> Iterator[str]:
        if self.feed.uses_key_index:
            yield key_table(self.feed)
        yield self.feed.name
        yield REJECTS

    def _of_batch(self, table: str, batch: Batch) -> str:
        own = f"_batch_seq = {batch.batch_seq}"
        return own + (f" and feed = {literal(self.feed.name)}" if table == REJECTS else "")

    def _delete(self, table: str, batch: Batch, partition: str | None = None) -> None:
        scope = f" in partition id {literal(partition)}" if partition is not None else ""
        self.warehouse.command(
            f"alter table {self.warehouse.name(table)} delete{scope} "
            f"where {self._of_batch(table, batch)}"
        )

    def _publish_table(self, stage: str, table: str, batch: Batch) -> None:
        name = self.warehouse.name
        staged = self.warehouse.partition_rows(stage)
        present = self.warehouse.partition_rows(table, self._of_batch(table, batch))
        for partition, rows in sorted(staged.items()):
            if present.get(partition, 0) == rows:
                continue
            if present.get(partition, 0):
                self._delete(table, batch, partition)
            self.warehouse.command(
                f"alter table {name(table)} attach partition id {literal(partition)} "
                f"from {name(stage)}"
            )
