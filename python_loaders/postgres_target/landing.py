"""Landing in PostgreSQL: a batch is one transaction, so it is there as a whole or not at all.

The good rows come into a temporary table by COPY; one statement plans what becomes of each, two
apply it, and the ledger row ends the transaction. A version that a correction or a deletion ends
stays in the table and names the batch that ended it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

import pyarrow as pa

from python_loaders.contract import Feed
from python_loaders.errors import ConfigurationError, InputRefused
from python_loaders.ledger import DONE, REFUSED, Batch, utc_now
from python_loaders.postgres_target.connection import PostgresWarehouse
from python_loaders.postgres_target.tables import lands
from python_loaders.quoting import pg_identifier, pg_literal
from python_loaders.raw import LEDGER, REJECTS

INCOMING, PLAN, STAGE_REJECTS = "pg_temp.incoming", "pg_temp.plan", "pg_temp.rejects"


class PostgresLanding:
    """The open batch of one feed."""

    def __init__(self, warehouse: PostgresWarehouse, feed: Feed) -> None:
        self.warehouse = warehouse
        self.feed = feed
        self.table = warehouse.name(feed.name)
        self._source = ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """One transaction, in which no other loader has the feed."""
        if not lands(self.feed):
            raise ConfigurationError(
                f"feed {self.feed.name} does not land in PostgreSQL: its rows are counted or hold "
                "levels; load it with a ClickHouse target"
            )
        with self.warehouse.transaction():
            self.warehouse.rows(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
                f"tradehouse {self.table}",
            )
            yield

    def landed_before(self, fingerprint: str) -> Batch | None:
        rows = self.warehouse.rows(
            f"select * from {self.warehouse.name(LEDGER)} where feed = %s and status = %s "
            "and fingerprint = %s order by batch_seq limit 1",
            self.feed.name, DONE, fingerprint,
        )  # fmt: skip
        return Batch(**rows[0]) if rows else None

    def next_batch_seq(self) -> int:
        return int(
            self.warehouse.scalar(
                f"select coalesce(max(batch_seq), 0) + 1 from {self.warehouse.name(LEDGER)} "
                "where feed = %s",
                self.feed.name,
            )
        )

    def begin(self, batch: Batch) -> None:
        """Create the empty temporary tables of a batch; the transaction's end drops them."""
        self._source = batch.source
        columns = ", ".join(map(pg_identifier, self.feed.column_names))
        self.warehouse.rows(
            f"create temp table incoming on commit drop as select {columns}, _row, "
            f"cast(1 as smallint) as _sign from {self.table} where false"
        )
        self.warehouse.rows("alter table pg_temp.incoming alter column _sign set default 1")
        self.warehouse.rows(
            "create temp table rejects on commit drop as "
            f"select * from {self.warehouse.name(REJECTS)} where false"
        )

    def add(self, rows: pa.Table) -> None:
        """Add good rows: the contract's columns, ``_row`` and ``_sign`` (-1 asks for deletion)."""
        try:
            self.warehouse.copy(INCOMING, rows)
        except InputRefused as error:
            raise InputRefused(f"{self._source}: {error}") from error

    def add_rejects(self, batch: Batch, rejects: list[dict[str, Any]]) -> None:
        """Add rejected rows: row, column, value, reason, reasons, record."""
        if not rejects:
            return
        common = {
            "feed": batch.feed,
            "batch_id": batch.batch_id,
            "_batch_seq": batch.batch_seq,
            "source": batch.source,
        }
        # what PostgreSQL cannot hold may be what made them bad
        value = [str(reject["value"]).replace("\0", "\ufffd") for reject in rejects]
        table = pa.Table.from_pylist(
            [{**common, **row, "value": text} for row, text in zip(rejects, value, strict=True)]
        )
        at = pa.array([batch.started_at] * len(rejects), pa.timestamp("us", "UTC"))
        self.warehouse.copy(STAGE_REJECTS, table.append_column("rejected_at", at))

    def classify(self, batch: Batch) -> Batch:
        """Plan what becomes of the incoming rows; returns the batch with its counts."""
        self.warehouse.rows(f"analyze {INCOMING}")
        self.warehouse.rows(f"create temp table plan on commit drop as {self._plan_sql()}")
        self.warehouse.rows(f"analyze {PLAN}")
        counts = {
            row["action"]: int(row["n"])
            for row in self.warehouse.rows(
                f"select action, count(*) as n from {PLAN} group by action"
            )
        }
        self._reject_conflicts(batch)
        time = pg_identifier(self.feed.event_time)
        span = self.warehouse.rows(
            f"select min(i.{time}) as low, max(i.{time}) as high from {INCOMING} as i "
            f"join {PLAN} as p using (_row) where p.action in ('land', 'correct')"
        )[0]
        added = counts.get("land", 0) + counts.get("correct", 0)
        return batch.with_counts(counts, added, span["low"], span["high"])

    def worst_reject(self) -> dict[str, Any]:
        """The most frequent reason of the batch: column, value, reason, n, first_row."""
        return self.warehouse.rows(
            'select "column", min(value) as value, reason, count(*) as n, min("row") as first_row '
            f'from {STAGE_REJECTS} group by "column", reason order by n desc, "column" limit 1'
        )[0]

    def commit(self, batch: Batch) -> Batch:
        """End the superseded versions, add the new ones, and say so in the ledger."""
        told = batch.rows_landed + batch.rows_duplicate + batch.rows_rejected
        if told != batch.rows_read:
            raise AssertionError(f"{batch.source}: {batch.rows_read} rows read, {told} planned")
        self.warehouse.rows(
            f"update {self.table} as live set _ended_seq = %s from {INCOMING} as i "
            f"join {PLAN} as p using (_row) where p.action in ('correct', 'delete') "
            f"and {self._same_key('live', 'i')} and live._ended_seq is null",
            batch.batch_seq,
        )
        columns = ", ".join(map(pg_identifier, self.feed.column_names))
        self.warehouse.rows(
            f"insert into {self.table} ({columns}, _batch_id, _batch_seq, _row, _loaded_at) "
            f"select {columns}, %s, %s, _row, %s from {INCOMING} join {PLAN} as p using (_row) "
            "where p.action in ('land', 'correct') order by _row",
            batch.batch_id, batch.batch_seq, batch.started_at,
        )  # fmt: skip
        return self._record(replace(batch, status=DONE))

    def refuse(self, batch: Batch, why: str) -> Batch:
        """Keep the rejects for reading, and say in the ledger that nothing landed."""
        batch = self._record(replace(batch, status=REFUSED, message=why))
        # the caller raises, and what is told of the refusal must outlive that
        self.warehouse.rows("commit")
        return batch

    def abandon(self) -> None:
        """Nothing to do: the transaction takes what a failed batch left with it."""

    def _record(self, batch: Batch) -> Batch:
        self.warehouse.rows(
            f"insert into {self.warehouse.name(REJECTS)} select * from {STAGE_REJECTS}"
        )
        batch = replace(batch, revision=batch.revision + 1, recorded_at=utc_now())
        row = asdict(batch)
        self.warehouse.rows(
            f"insert into {self.warehouse.name(LEDGER)} ({', '.join(row)}) "
            f"values ({', '.join(['%s'] * len(row))})",
            *row.values(),
        )
        return batch

    # -- statements -----------------------------------------------------------------------------

    def _same_key(self, left: str, right: str) -> str:
        return " and ".join(
            f"{left}.{pg_identifier(name)} = {right}.{pg_identifier(name)}"
            for name in self.feed.key
        )

    def _same_content(self, left: str, right: str) -> str:
        names = [pg_identifier(name) for name in self.feed.column_names]
        sides = (", ".join(f"{side}.{name}" for name in names) for side in (left, right))
        return "row({}) is not distinct from row({})".format(*sides)

    def _plan_sql(self) -> str:
        """What becomes of every incoming row.

        Of rows of one key in the source one counts: in an upsert feed the last operation, by
        version and then by row; in an append feed the first row. It is held against the live one.
        """
        feed = self.feed
        keys = ", ".join(map(pg_identifier, feed.key))
        stated = order = "_row"
        if feed.mode == "append":
            loser = "'conflict'"
            repeated = self._same_content("i", "k")
            met = f"when {self._same_content('i', 'live')} then 'duplicate' else 'conflict'"
        else:
            order = "_row desc"
            loser = "'superseded'"
            repeated = f"i._sign = k._sign and {self._same_content('i', 'k')}"
            stale = ""
            if feed.version:
                # a row that states no version carries the highest one stated before it
                version = pg_identifier(feed.version)
                stated = (
                    f"coalesce({version}, max(coalesce({version}, 0)) "
                    f"over (partition by {keys} order by _row))"
                )
                order = "stated desc, _row desc"
                stale = f"when i.{version} < live.{version} then 'stale' "
            met = (
                f"when i._sign = 1 and {self._same_content('i', 'live')} then 'duplicate' "
                f"{stale}when i._sign = -1 then 'delete' else 'correct'"
            )
        return f"""
            with stated as (
                select {keys}, _row, {stated} as stated from {INCOMING}
            ),
            ranked as (
                select
                    _row,
                    row_number() over of_key as rank,
                    first_value(_row) over of_key as kept_row
                from stated
                window of_key as (partition by {keys} order by {order})
            )
            select
                i._row,
                case
                    when r.rank > 1 then case when {repeated} then 'duplicate' else {loser} end
                    when live._row is null
                        then case when i._sign = 1 then 'land' else 'absent' end
                    {met}
                end as action
            from ranked as r
            join {INCOMING} as i on r._row = i._row
            join {INCOMING} as k on r.kept_row = k._row
            left join {self.table} as live
                on {self._same_key("live", "i")} and live._ended_seq is null
        """

    def _reject_conflicts(self, batch: Batch) -> None:
        """An append feed has one content per key: another one is a bad row."""
        if self.feed.mode != "append":
            return
        names = [pg_identifier(name) for name in self.feed.column_names]
        record = ", ".join(
            f"{pg_literal(name)}, {quoted}::text"
            for name, quoted in zip(self.feed.column_names, names, strict=True)
        )
        key = " || ', ' || ".join(f"{pg_identifier(name)}::text" for name in self.feed.key)
        reason = "same key, other content"
        self.warehouse.rows(
            f"""
            insert into {STAGE_REJECTS}
            select %s, %s, %s, %s, _row, %s, {key}, %s, array[%s::text],
                json_build_object({record})::text, %s
            from {INCOMING} join {PLAN} as p using (_row) where p.action = 'conflict'
            """,
            batch.feed, batch.batch_id, batch.batch_seq, batch.source, ", ".join(self.feed.key),
            reason, reason, batch.started_at,
        )  # fmt: skip
