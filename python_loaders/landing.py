"""Landing: a batch reaches raw exactly once, also when the loader is killed at any step.

The steps of a batch, in order (DESIGN 3 and 4):

1. ``incoming``: the good rows in a table with raw's structure, and one key row for each.
2. ``classified``: duplicates, superseded and stale rows dropped, corrections and deletions turned
   into retractions; what remains is the stage table.
3. ``staged``: one ledger row. Killed before it, the batch starts over; after it, it is finished
   from the stage, without the source.
4. ``published``: key index, raw and rejects, partition by partition, by counting the batch's rows:
   none, attach; all, skip; anything else, delete them and attach.
5. ``done``: one ledger row; the stage goes.

Everything that grows with the batch runs in the engine, over ranges of the key hash, so that memory
does not grow with the batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

import pyarrow as pa

from python_loaders.contract import Feed
from python_loaders.errors import WarehouseUnavailable
from python_loaders.quoting import identifier, literal
from python_loaders.warehouse import (
    LEDGER,
    LEDGER_COLUMNS,
    META_COLUMNS,
    REJECTS,
    Warehouse,
    key_hash_sql,
    key_table,
    row_hash_sql,
)

# Keys classified at a time: bounds the memory of joins and of sets.
BUCKET_ROWS = 1_000_000

STAGED, DONE, REFUSED, ROLLED_BACK = "staged", "done", "refused", "rolled_back"


@dataclass(frozen=True)
class Batch:
    """A row of the ledger: what a batch is, and what became of its rows.

    ``rows_read = rows_landed + rows_duplicate + rows_rejected``. Of the landed, ``rows_corrected``
    replaced a live version and ``rows_deleted`` retracted one; of the duplicates,
    ``rows_superseded`` lost to a later row of the same key in the same source and ``rows_stale``
    had a lower version than the live row.
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
    recorded_at: datetime = field(default_factory=lambda: utc_now())
    message: str = ""


@dataclass(frozen=True)
class Tables:
    """Names of the working tables of one feed's open batch."""

    incoming: str
    keys: str
    plan: str
    live: str
    stage: str
    stage_keys: str
    stage_rejects: str

    @staticmethod
    def of(feed: Feed) -> Tables:
        return Tables(
            incoming=f"_incoming_{feed.name}",
            keys=f"_incoming_keys_{feed.name}",
            plan=f"_plan_{feed.name}",
            live=f"_live_{feed.name}",
            stage=f"_stage_{feed.name}",
            stage_keys=f"_stage_keys_{feed.name}",
            stage_rejects=f"_stage_rejects_{feed.name}",
        )


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


# The state of every batch: its row of the highest revision.
def ledger_sql(warehouse: Warehouse) -> str:
    return (
        f"(select * from {warehouse.name(LEDGER)} "
        "order by revision desc limit 1 by feed, batch_seq)"
    )


def record(warehouse: Warehouse, batch: Batch) -> Batch:
    """Append a state of a batch to the ledger: one row, one part, so all or nothing."""
    batch = replace(batch, revision=batch.revision + 1, recorded_at=utc_now())
    row = {
        name: _instant(value) if isinstance(value, datetime) else value
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
    return _batch(rows[0]) if rows else None


def landed_before(warehouse: Warehouse, feed: Feed, fingerprint: str) -> Batch | None:
    """The done batch of the same source, if it landed before."""
    rows = warehouse.rows(
        f"select * from {ledger_sql(warehouse)} where feed = {{f:String}} "
        "and status = {s:String} and fingerprint = {p:String} order by batch_seq limit 1",
        f=feed.name,
        s=DONE,
        p=fingerprint,
    )
    return _batch(rows[0]) if rows else None


def next_batch_seq(warehouse: Warehouse, feed: Feed) -> int:
    return int(
        warehouse.scalar(
            f"select max(batch_seq) + 1 from {warehouse.name(LEDGER)} where feed = {{f:String}}",
            f=feed.name,
        )
    )


def _batch(row: dict[str, Any]) -> Batch:
    for name in ("started_at", "recorded_at", "event_time_min", "event_time_max"):
        if row[name] is not None and row[name].tzinfo is None:
            row[name] = row[name].replace(tzinfo=timezone.utc)
    return Batch(**row)


class Landing:
    """The open batch of one feed. The caller holds the feed (``Warehouse.exclusive``)."""

    def __init__(self, warehouse: Warehouse, feed: Feed) -> None:
        self.warehouse = warehouse
        self.feed = feed
        self.tables = Tables.of(feed)

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
        self.warehouse.create_feed_table(
            self.tables.incoming,
            self.feed,
            defaults={
                "_batch_id": literal(batch.batch_id),
                "_batch_seq": str(batch.batch_seq),
                "_sign": "1",
                "_loaded_at": f"toDateTime64({literal(_instant(batch.started_at))}, 6, 'UTC')",
                "_row_hash": row_hash_sql(self.feed),
            },
            merges=False,
        )
        self.warehouse.create_rejects_table(self.tables.stage_rejects)

    def add(self, rows: pa.Table) -> None:
        """Add good rows: the contract's columns, ``_row`` and ``_sign`` (-1 asks for deletion)."""
        self.warehouse.insert(self.tables.incoming, rows)

    def add_rejects(self, batch: Batch, rejects: list[dict[str, Any]]) -> None:
        """Add rejected rows: row, column, value, reason, reasons, record."""
        if not rejects:
            return
        common = {
            "feed": self.feed.name,
            "batch_id": batch.batch_id,
            "_batch_seq": batch.batch_seq,
            "source": batch.source,
            "rejected_at": _instant(batch.started_at),
        }
        self.warehouse.insert_json(
            self.tables.stage_rejects, [{**common, **reject} for reject in rejects]
        )

    # -- 2: classification ----------------------------------------------------------------------

    def classify(self, batch: Batch) -> Batch:
        """Build the stage from the incoming rows; returns the batch with its counts."""
        warehouse, tables, name = self.warehouse, self.tables, self.warehouse.name
        warehouse.create_key_table(tables.keys, merges=False)
        warehouse.command(
            f"insert into {name(tables.keys)} select {key_hash_sql(self.feed)}, _row_hash, "
            f"_partition_id, _sign, _batch_seq, _row from {name(tables.incoming)}"
        )
        warehouse.create_plan_table(tables.plan)
        rows = int(warehouse.scalar(f"select count() from {name(tables.keys)}"))
        for low, high in _hash_ranges(rows):
            bounds = {"low": low, "high": high}
            self._plan_repeats(bounds)
            self._plan_against_live(bounds)
        counts = {
            row["action"]: int(row["n"])
            for row in warehouse.rows(
                f"select action, count() as n from {name(tables.plan)} group by action"
            )
        }
        self._reject_conflicts(batch)
        if counts:
            self._apply_plan(batch)
        else:
            warehouse.command(f"rename table {name(tables.keys)} to {name(tables.stage_keys)}")
            warehouse.command(f"rename table {name(tables.incoming)} to {name(tables.stage)}")
        span = warehouse.rows(
            f"select min({identifier(self.feed.event_time)}) as low, "
            f"max({identifier(self.feed.event_time)}) as high, count() as n "
            f"from {name(tables.stage)} where _sign = 1"
        )[0]
        dropped = sum(
            counts.get(action, 0) for action in ("duplicate", "superseded", "stale", "absent")
        )
        conflicts = counts.get("conflict", 0)
        return replace(
            batch,
            rows_landed=int(span["n"]) + counts.get("delete", 0),
            rows_corrected=counts.get("correct", 0),
            rows_deleted=counts.get("delete", 0),
            rows_duplicate=dropped,
            rows_superseded=counts.get("superseded", 0),
            rows_stale=counts.get("stale", 0),
            rows_rejected=batch.rows_rejected + conflicts,
            event_time_min=_utc(span["low"]) if span["n"] else None,
            event_time_max=_utc(span["high"]) if span["n"] else None,
        )

    def _plan_repeats(self, bounds: dict[str, Any]) -> None:
        """Rows whose key occurs more than once in the source: one of them counts.

        In an upsert feed the last operation, by version and then by row; in an append feed the
        first row, and a later one of other content is a conflict.
        """
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        if feed.mode == "append":
            order, loser = "_row", "if(row_hash = kept_hash, 'duplicate', 'conflict')"
        else:
            # a row that states no version carries the highest one stated before it
            order = "stated desc, _row desc"
            loser = "if(row_hash = kept_hash and _sign = kept_sign, 'duplicate', 'superseded')"
        if feed.version:
            version = (
                f"left join (select _row, {identifier(feed.version)} as version from "
                f"{name(tables.incoming)} where {key_hash_sql(feed)} "
                "in (select key_hash from repeated)) as versions using (_row)"
            )
            stated = (
                "max(ifNull(version, 0)) over (partition by key_hash order by _row "
                "rows between unbounded preceding and current row)"
            )
            stated = f"if(isNull(version), {stated}, version)"
        else:
            version, stated = "", "0"
        self.warehouse.command(
            f"""
            insert into {name(tables.plan)} (key_hash, _row, action)
            with repeated as (
                select key_hash from {name(tables.keys)}
                where key_hash between {{low:UInt128}} and {{high:UInt128}}
                group by key_hash having count() > 1
            ),
            versioned as (
                select key_hash, row_hash, _sign, _row, {stated} as stated
                from (
                    select key_hash, row_hash, _sign, _row from {name(tables.keys)}
                    where key_hash between {{low:UInt128}} and {{high:UInt128}}
                        and key_hash in (select key_hash from repeated)
                ) as rows {version}
            ),
            ranked as (
                select
                    key_hash, row_hash, _sign, _row,
                    row_number() over (partition by key_hash order by {order}) as rank,
                    first_value(row_hash) over (partition by key_hash order by {order})
                        as kept_hash,
                    first_value(_sign) over (partition by key_hash order by {order})
                        as kept_sign
                from versioned
            )
            select key_hash, _row, {loser} from ranked where rank > 1
            """,
            **bounds,
        )

    def _plan_against_live(self, bounds: dict[str, Any]) -> None:
        """What the live versions of the batch's keys make of its rows."""
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        in_bounds = "between {low:UInt128} and {high:UInt128}"
        self.warehouse.drop(tables.live)
        self.warehouse.create_live_table(tables.live)
        if feed.uses_key_index:
            # the index says where a key may live; raw, by the full key, says whether it does
            candidates = (
                f"(select key_hash, partition_id from {name(key_table(feed))} "
                f"where key_hash {in_bounds} and key_hash in "
                f"(select key_hash from {name(tables.keys)} where key_hash {in_bounds}) "
                "group by key_hash, row_hash, partition_id having sum(_sign) > 0)"
            )
            found = self.warehouse.scalar(f"select count() from {candidates}", **bounds)
            partitions = f"_partition_id in (select partition_id from {candidates})"
            narrowed = f"{key_hash_sql(feed)} in (select key_hash from {candidates})"
        else:
            found = 1
            partitions = (
                f"_partition_id in (select distinct partition_id from {name(tables.keys)})"
                if feed.partition_by != "none"
                else "1"
            )
            narrowed = f"{key_hash_sql(feed)} {in_bounds}"
        if found:
            keys = ", ".join(identifier(column) for column in feed.key)
            version = f"any({identifier(feed.version)})" if feed.version else "null"
            self.warehouse.command(
                f"""
                insert into {name(tables.live)}
                select {key_hash_sql(feed)} as key_hash, _row_hash, _partition_id, {version}
                from {name(feed.name)}
                where {partitions}
                    and ({keys}) in (
                        select {keys} from {name(tables.incoming)} where {narrowed}
                    )
                group by {key_hash_sql(feed)}, _row_hash, _partition_id
                having sum(_sign) > 0
                """,
                **bounds,
            )
        if feed.mode == "append":
            action = "if(k.row_hash = l.row_hash, 'duplicate', 'conflict')"
        else:
            action = (
                "multiIf(k._sign = 1 and l.row_hash = k.row_hash, 'duplicate', "
                "isNotNull(v.version) and isNotNull(l.version) and v.version < l.version, 'stale', "
                "k._sign = -1, 'delete', 'correct')"
            )
        version = (
            f"left join (select _row, {identifier(feed.version)} as version from "
            f"{name(tables.incoming)} where {key_hash_sql(feed)} in (select key_hash from "
            f"{name(tables.live)})) as v using (_row)"
            if feed.version
            else "cross join (select cast(null, 'Nullable(UInt64)') as version) as v"
        )
        self.warehouse.command(
            f"""
            insert into {name(tables.plan)}
            with kept as (
                select key_hash, row_hash, _sign, _row from {name(tables.keys)}
                where key_hash {in_bounds} and _row not in (
                    select _row from {name(tables.plan)} where key_hash {in_bounds}
                )
            )
            select k.key_hash, k._row, {action}, l.row_hash, l.partition_id
            from kept as k
            inner join {name(tables.live)} as l on k.key_hash = l.key_hash
            {version}
            union all
            select key_hash, _row, 'absent', 0, '' from kept
            where _sign = -1 and key_hash not in (select key_hash from {name(tables.live)})
            """,
            **bounds,
        )

    def _reject_conflicts(self, batch: Batch) -> None:
        """An append feed has one content per key: another one is a bad row."""
        if self.feed.mode != "append":
            return
        name, tables = self.warehouse.name, self.tables
        record_columns = ", ".join(
            f"{literal(column)}, toString({identifier(column)})"
            for column in self.feed.column_names
        )
        key_text = " || ', ' || ".join(
            f"toString({identifier(column)})" for column in self.feed.key
        )
        self.warehouse.command(
            f"""
            insert into {name(tables.stage_rejects)}
            select
                {{feed:String}}, {{batch:String}}, {{seq:UInt64}}, {{source:String}}, _row,
                {{column:String}}, {key_text}, {{reason:String}}, [{{reason:String}}],
                toJSONString(map({record_columns})), _loaded_at
            from {name(tables.incoming)}
            where _row in (select _row from {name(tables.plan)} where action = 'conflict')
            """,
            feed=self.feed.name,
            batch=batch.batch_id,
            seq=batch.batch_seq,
            source=batch.source,
            column=", ".join(self.feed.key),
            reason="same key, other content",
        )

    def _apply_plan(self, batch: Batch) -> None:
        """Build the stage: incoming without the dropped rows, and the retractions.

        Partitions without a dropped row are hard links. The others are written again: a delete
        would be cheaper, but it is done in the background, and was seen to start after 20 s.
        """
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        self.warehouse.create_feed_table(tables.stage, feed, merges=False)
        self.warehouse.create_key_table(tables.stage_keys, merges=False)
        plan = f"{name(tables.plan)} where action <> 'correct'"
        # a bitmap of rows takes about a bit each, where a set takes some thirty bytes
        dropped = f"bitmapContains((select groupBitmapState(_row) from {plan}), _row)"
        touched = {
            row["partition_id"]
            for row in self.warehouse.rows(
                f"select distinct partition_id from {name(tables.keys)} where {dropped}"
            )
        }
        columns = ", ".join(identifier(column) for column in (*feed.column_names, *META_COLUMNS))
        for partition in sorted(self._partition_counts(tables.incoming, "1")):
            if partition in touched:
                self.warehouse.command(
                    f"insert into {name(tables.stage)} ({columns}) "
                    f"select {columns} from {name(tables.incoming)} "
                    f"where _partition_id = {literal(partition)} and not {dropped}"
                )
            else:
                self.warehouse.command(
                    f"alter table {name(tables.stage)} attach partition id {literal(partition)} "
                    f"from {name(tables.incoming)}"
                )
        ended = f"{name(tables.plan)} where action in ('correct', 'delete')"
        self.warehouse.command(
            f"insert into {name(tables.stage_keys)} "
            f"select * from {name(tables.keys)} where not {dropped} union all "
            f"select key_hash, live_hash, live_partition, -1, {{seq:UInt64}}, _row from {ended}",
            seq=batch.batch_seq,
        )
        for low, high in _hash_ranges(int(self.warehouse.scalar(f"select count() from {ended}"))):
            self._add_retractions(batch, {"low": low, "high": high})

    def _add_retractions(self, batch: Batch, bounds: dict[str, Any]) -> None:
        """Repeat each superseded live version with sign -1, in its own partition."""
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        listed = ", ".join(identifier(column) for column in feed.column_names)
        ended = (
            f"(select key_hash, live_hash, live_partition, _row from {name(tables.plan)} "
            "where action in ('correct', 'delete') "
            "and key_hash between {low:UInt128} and {high:UInt128})"
        )
        keys = ", ".join(identifier(column) for column in feed.key)
        self.warehouse.command(
            f"""
            insert into {name(tables.stage)}
                ({listed}, _batch_id, _batch_seq, _row, _sign, _loaded_at, _row_hash)
            select
                {", ".join(f"live.{identifier(column)}" for column in feed.column_names)},
                {{batch:String}}, {{seq:UInt64}}, ended._row, -1,
                toDateTime64({{at:String}}, 6, 'UTC'), live._row_hash
            from (
                select {listed}, _row_hash, {key_hash_sql(feed)} as live_key
                from {name(feed.name)}
                where _sign = 1
                    and _partition_id in (select live_partition from {ended})
                    and ({keys}) in (
                        select {keys} from {name(tables.incoming)}
                        where {key_hash_sql(feed)} in (select key_hash from {ended})
                    )
                limit 1 by live_key, _row_hash
            ) as live
            inner join {ended} as ended
                on live.live_key = ended.key_hash and live._row_hash = ended.live_hash
            """,
            batch=batch.batch_id,
            seq=batch.batch_seq,
            at=_instant(batch.started_at),
            **bounds,
        )

    # -- 3 to 5: staged, published, done ---------------------------------------------------------

    def commit(self, batch: Batch) -> Batch:
        """Say ``staged`` in the ledger, then publish; not a batch that does not add up."""
        told = batch.rows_landed + batch.rows_duplicate + batch.rows_rejected
        if told != batch.rows_read:
            raise WarehouseUnavailable(
                f"{batch.source}: {batch.rows_read} rows were read and {told} arrived; nothing "
                "landed; the connection lost or repeated some, load the source again"
            )
        return self.publish(record(self.warehouse, replace(batch, status=STAGED)))

    def refuse(self, batch: Batch, why: str) -> Batch:
        """Keep the rejects for reading, and say in the ledger that nothing landed."""
        self._publish_table(self.tables.stage_rejects, REJECTS, batch)
        batch = record(self.warehouse, replace(batch, status=REFUSED, message=why))
        self.drop_working_tables()
        return batch

    def publish(self, batch: Batch) -> Batch:
        """Attach what is staged and not in raw yet; safe to repeat."""
        if self.feed.uses_key_index:
            self._publish_table(self.tables.stage_keys, key_table(self.feed), batch)
        self._publish_table(self.tables.stage, self.feed.name, batch)
        self._publish_table(self.tables.stage_rejects, REJECTS, batch)
        batch = record(self.warehouse, replace(batch, status=DONE))
        self.drop_working_tables()
        return batch

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
            f"where {self._of_batch(table, batch)} settings mutations_sync = 2"
        )

    def _publish_table(self, stage: str, table: str, batch: Batch) -> None:
        name = self.warehouse.name
        staged = self._partition_counts(stage, "1")
        present = self._partition_counts(table, self._of_batch(table, batch))
        for partition, rows in sorted(staged.items()):
            if present.get(partition, 0) == rows:
                continue
            if present.get(partition, 0):
                self._delete(table, batch, partition)
            self.warehouse.command(
                f"alter table {name(table)} attach partition id {literal(partition)} "
                f"from {name(stage)}"
            )

    def _partition_counts(self, table: str, condition: str) -> dict[str, int]:
        return {
            row["partition"]: int(row["n"])
            for row in self.warehouse.rows(
                "select _partition_id as partition, count() as n "
                f"from {self.warehouse.name(table)} "
                f"where {condition} group by _partition_id"
            )
        }


def _hash_ranges(rows: int) -> list[tuple[int, int]]:
    """Ranges of the key hash with about BUCKET_ROWS keys each: hashes are uniform."""
    buckets = max(1, -(-rows // BUCKET_ROWS))
    edges = [(1 << 128) * bucket // buckets for bucket in range(buckets + 1)]
    return [(low, high - 1) for low, high in pairwise(edges)]


def _instant(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def options_text(options: dict[str, Any]) -> str:
    return json.dumps(options, sort_keys=True)
