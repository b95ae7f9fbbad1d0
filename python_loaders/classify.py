"""Classification: what becomes of the rows of a batch, given those that are live.

Everything runs in the engine, over ranges of the key hash, so that memory does not grow with the
batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from itertools import pairwise
from operator import methodcaller
from typing import Any

from python_loaders.checking import CHUNK_ROWS
from python_loaders.contract import Feed
from python_loaders.inserts import INSERTS_AT_ONCE, Inserts
from python_loaders.ledger import Batch, instant_text
from python_loaders.quoting import identifier, literal
from python_loaders.raw import (
    META_COLUMNS,
    WorkingTables,
    feed_table,
    key_hash_sql,
    key_index_table,
    key_table,
)
from python_loaders.warehouse import Table, Warehouse

# Keys classified at a time: bounds the memory of joins and of sets.
BUCKET_ROWS = 1_000_000

# What becomes of the incoming rows that do not just land.
PLAN_COLUMNS = {
    "key_hash": "UInt128",
    "_row": "UInt64",
    "action": "LowCardinality(String)",
    "live_hash": "UInt64",
    "live_partition": "String",
}

# The live versions of incoming keys.
_LIVE_COLUMNS = {
    "key_hash": "UInt128",
    "row_hash": "UInt64",
    "partition_id": "LowCardinality(String)",
    "version": "Nullable(UInt64)",
}


def classify(warehouse: Warehouse, feed: Feed, batch: Batch, inserts: Inserts) -> Batch:
    """Build the stage of a batch from its incoming rows; returns the batch with its counts."""
    return _Keyed(warehouse, feed, inserts).classify(batch)


class Classification(ABC):
    """What feeds of every kind share: rows are planned, and the stage is built by the plan."""

    def __init__(self, warehouse: Warehouse, feed: Feed) -> None:
        self.warehouse = warehouse
        self.feed = feed
        self.tables = WorkingTables.of(feed)
        # a bitmap of rows takes about a bit each, where a set takes some thirty bytes
        plan = f"{warehouse.name(self.tables.plan)} where action <> 'correct'"
        self.dropped = f"bitmapContains((select groupBitmapState(_row) from {plan}), _row)"

    def classify(self, batch: Batch) -> Batch:
        warehouse, tables, name = self.warehouse, self.tables, self.warehouse.name
        self.plan(batch)
        counts = {
            row["action"]: int(row["n"])
            for row in warehouse.rows(
                f"select action, count() as n from {name(tables.plan)} group by action"
            )
        }
        self._reject_conflicts(batch)
        if counts:
            self.build_stage(batch)
        else:
            self.take_all()
        span = warehouse.rows(
            f"select min({identifier(self.feed.event_time)}) as low, "
            f"max({identifier(self.feed.event_time)}) as high, count() as n "
            f"from {name(tables.stage)} where _sign = 1"
        )[0]
        times = (span["low"], span["high"]) if span["n"] else (None, None)
        return batch.with_counts(counts, int(span["n"]), *times)

    @abstractmethod
    def plan(self, batch: Batch) -> None:
        """Fill the plan: what becomes of the rows that do not just land."""

    def take_all(self) -> None:
        """Every incoming row lands: the stage is what came in."""
        name, tables = self.warehouse.name, self.tables
        self.warehouse.command(f"rename table {name(tables.incoming)} to {name(tables.stage)}")

    def build_stage(self, batch: Batch) -> None:
        """Copy the incoming rows into the stage without the dropped ones.

        Partitions without a dropped row are hard links. The others are written again: a delete
        would be cheaper, but it is done in the background, and was seen to start after 20 s.
        """
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        self.warehouse.create(replace(feed_table(feed), name=tables.stage, merges=False))
        touched = self.warehouse.partition_rows(tables.incoming, self.dropped)
        columns = ", ".join(identifier(column) for column in (*feed.column_names, *META_COLUMNS))
        for partition in sorted(self.warehouse.partition_rows(tables.incoming)):
            if partition in touched:
                self.warehouse.command(
                    f"insert into {name(tables.stage)} ({columns}) "
                    f"select {columns} from {name(tables.incoming)} "
                    f"where _partition_id = {literal(partition)} and not {self.dropped}"
                )
            else:
                self.warehouse.command(
                    f"alter table {name(tables.stage)} attach partition id {literal(partition)} "
                    f"from {name(tables.incoming)}"
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


class _Keyed(Classification):
    """Feeds whose rows have a key, by ranges of its hash."""

    def __init__(self, warehouse: Warehouse, feed: Feed, inserts: Inserts) -> None:
        super().__init__(warehouse, feed)
        self.inserts = inserts

    def plan(self, batch: Batch) -> None:
        warehouse, tables, name = self.warehouse, self.tables, self.warehouse.name
        warehouse.create(replace(key_index_table(tables.keys), merges=False))
        # more rows than one insert: a second connection is open
        shares = INSERTS_AT_ONCE if batch.rows_read > CHUNK_ROWS else 1
        for share in range(shares):
            insert = (
                f"insert into {name(tables.keys)} select {key_hash_sql(self.feed)}, _row_hash, "
                f"_partition_id, _sign, _batch_seq, _row from {name(tables.incoming)} "
                f"where _row % {shares} = {share}"
            )
            self.inserts.add(methodcaller("command", insert))
        self.inserts.settle()
        warehouse.create(Table(tables.plan, PLAN_COLUMNS, order_by="key_hash"))
        keys = warehouse.rows(
            f"select count() as n, countIf(_sign = -1) as deletions from {name(tables.keys)}"
        )[0]
        for low, high in _hash_ranges(int(keys["n"])):
            bounds = {"low": low, "high": high}
            self._plan_repeats(bounds)
            if self._find_live(bounds) or int(keys["deletions"]):
                self._plan_against_live(bounds)

    def take_all(self) -> None:
        name, tables = self.warehouse.name, self.tables
        self.warehouse.command(f"rename table {name(tables.keys)} to {name(tables.stage_keys)}")
        super().take_all()

    def build_stage(self, batch: Batch) -> None:
        """The same with the keys, and with the retractions of superseded versions."""
        name, tables = self.warehouse.name, self.tables
        super().build_stage(batch)
        self.warehouse.create(replace(key_index_table(tables.stage_keys), merges=False))
        ended = f"{name(tables.plan)} where action in ('correct', 'delete')"
        self.warehouse.command(
            f"insert into {name(tables.stage_keys)} "
            f"select * from {name(tables.keys)} where not {self.dropped} union all "
            f"select key_hash, live_hash, live_partition, -1, {{seq:UInt64}}, _row from {ended}",
            seq=batch.batch_seq,
        )
        for low, high in _hash_ranges(int(self.warehouse.scalar(f"select count() from {ended}"))):
            self._add_retractions(batch, {"low": low, "high": high})

    def _plan_repeats(self, bounds: dict[str, Any]) -> None:
        """Rows whose key occurs more than once in the source: one of them counts.

        In an upsert feed the last operation, by version and then by row; in an append feed the
        first row, and a later one of other content is a conflict.
        """
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        repeated = (
            f"select key_hash from {name(tables.keys)} "
            "where key_hash between {low:UInt128} and {high:UInt128} "
            "group by key_hash having count() > 1"
        )
        if not self.warehouse.scalar(f"select count() from ({repeated})", **bounds):
            return
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
            with repeated as ({repeated}),
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

    def _find_live(self, bounds: dict[str, Any]) -> bool:
        """List the live versions of the batch's keys; whether there is one."""
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        in_bounds = "between {low:UInt128} and {high:UInt128}"
        self.warehouse.drop(tables.live)
        self.warehouse.create(Table(tables.live, _LIVE_COLUMNS, order_by="key_hash"))
        if feed.uses_key_index:
            # nothing has landed yet
            if not self.warehouse.scalar(f"select count() from {name(key_table(feed))}"):
                return False
            # the index says where a key may live; raw, by the full key, says whether it does
            candidates = (
                f"(select key_hash, partition_id from {name(key_table(feed))} "
                f"where key_hash {in_bounds} and key_hash in "
                f"(select key_hash from {name(tables.keys)} where key_hash {in_bounds}) "
                "group by key_hash, row_hash, partition_id having sum(_sign) > 0)"
            )
            if not self.warehouse.scalar(f"select count() from {candidates}", **bounds):
                return False
            partitions = f"_partition_id in (select partition_id from {candidates})"
            narrowed = f"{key_hash_sql(feed)} in (select key_hash from {candidates})"
        else:
            partitions = (
                f"_partition_id in (select distinct partition_id from {name(tables.keys)})"
                if feed.partition_by != "none"
                else "1"
            )
            narrowed = f"{key_hash_sql(feed)} {in_bounds}"
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
        return bool(self.warehouse.scalar(f"select count() from {name(tables.live)}"))

    def _plan_against_live(self, bounds: dict[str, Any]) -> None:
        """What the live versions of the batch's keys make of its rows."""
        name, tables, feed = self.warehouse.name, self.tables, self.feed
        in_bounds = "between {low:UInt128} and {high:UInt128}"
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
            at=instant_text(batch.started_at),
            **bounds,
        )


def _hash_ranges(rows: int) -> list[tuple[int, int]]:
    """Ranges of the key hash with about BUCKET_ROWS keys each: hashes are uniform."""
    buckets = max(1, -(-rows // BUCKET_ROWS))
    edges = [(1 << 128) * bucket // buckets for bucket in range(buckets + 1)]
    return [(low, high - 1) for low, high in pairwise(edges)]
