"""The tables of the raw database: their names, columns and hashes."""

from __future__ import annotations

from dataclasses import dataclass

from python_loaders.contract import Feed
from python_loaders.quoting import identifier, literal
from python_loaders.warehouse import Table

# What landing adds to the columns of every feed.
META_COLUMNS = {
    "_batch_id": "LowCardinality(String)",
    "_batch_seq": "UInt64",
    "_row": "UInt64",
    "_sign": "Int8",
    "_loaded_at": "DateTime64(6, 'UTC')",
    "_row_hash": "UInt64",
}

# rows of a source mostly follow each other in a table, too
ROW_CODEC = "DoubleDelta, ZSTD"

LEDGER = "_batches"
REJECTS = "_rejects"

LEDGER_COLUMNS = {
    "feed": "LowCardinality(String)",
    "batch_seq": "UInt64",
    "batch_id": "String",
    "revision": "UInt32",
    "status": "LowCardinality(String)",
    "source": "String",
    "source_sha256": "String",
    "source_bytes": "UInt64",
    "format": "LowCardinality(String)",
    "options": "String",
    "fingerprint": "String",
    "rows_read": "UInt64",
    "rows_landed": "UInt64",
    "rows_corrected": "UInt64",
    "rows_deleted": "UInt64",
    "rows_duplicate": "UInt64",
    "rows_superseded": "UInt64",
    "rows_stale": "UInt64",
    "rows_rejected": "UInt64",
    "values_rounded": "UInt64",
    "event_time_min": "Nullable(DateTime64(6, 'UTC'))",
    "event_time_max": "Nullable(DateTime64(6, 'UTC'))",
    "started_at": "DateTime64(6, 'UTC')",
    "recorded_at": "DateTime64(6, 'UTC')",
    "message": "String",
}

REJECT_COLUMNS = {
    "feed": "LowCardinality(String)",
    "batch_id": "LowCardinality(String)",
    "_batch_seq": "UInt64",
    "source": "LowCardinality(String)",
    "row": "UInt64",
    "column": "LowCardinality(String)",
    "value": "String",
    "reason": "LowCardinality(String)",
    "reasons": "Array(String)",
    "record": "String",
    "rejected_at": "DateTime64(6, 'UTC')",
}

_KEY_COLUMNS = {
    "key_hash": "UInt128",
    "row_hash": "UInt64",
    "partition_id": "LowCardinality(String)",
    "_sign": "Int8",
    "_batch_seq": "UInt64",
    "_row": "UInt64",
}


@dataclass(frozen=True)
class WorkingTables:
    """Names of the working tables of one feed's open batch."""

    incoming: str
    keys: str
    plan: str
    live: str
    stage: str
    stage_keys: str
    stage_rejects: str

    @staticmethod
    def of(feed: Feed) -> WorkingTables:
        return WorkingTables(
            incoming=f"_incoming_{feed.name}",
            keys=f"_incoming_keys_{feed.name}",
            plan=f"_plan_{feed.name}",
            live=f"_live_{feed.name}",
            stage=f"_stage_{feed.name}",
            stage_keys=f"_stage_keys_{feed.name}",
            stage_rejects=f"_stage_rejects_{feed.name}",
        )


def key_table(feed: Feed) -> str:
    return f"_keys_{feed.name}"


def key_hash_sql(feed: Feed) -> str:
    """Hash of the natural key, as an expression over the feed's columns."""
    return f"reinterpretAsUInt128(sipHash128({', '.join(identifier(name) for name in feed.key)}))"


def row_hash_sql(feed: Feed) -> str:
    """Hash of the content of a row.

    The sum of one hash per column that is not at its default: a column that the contract gains
    later leaves the hash of older rows as it was. It tells versions of one key apart, so 64 bits
    are plenty; CityHash64 is frozen in ClickHouse and takes 0.2 s a million rows, SipHash 0.7 s.
    """
    if feed.counted:
        # its rows are compared by their columns, and have no versions
        return "0"
    terms = []
    for column in feed.columns:
        name = identifier(column.name)
        at_default = (
            f"isNull({name})" if column.nullable else f"{name} = {default_sql(feed, column.name)}"
        )
        # ifNull: the hash of NULL would be NULL, and so would the sum
        hashed = f"ifNull(cityHash64({literal(column.name)}, {name}), 0)"
        terms.append(f"if({at_default}, toUInt64(0), {hashed})")
    return "(" + " + ".join(terms) + ")"


def default_sql(feed: Feed, name: str) -> str:
    """The value of a column where the source is silent, as a typed ClickHouse expression."""
    column = feed.column(name)
    if column.base_type.startswith("Array"):
        return f"cast([], {literal(column.type)})"
    if column.default is None:
        return f"defaultValueOfTypeName({literal(column.type)})"
    return f"cast({literal(column.default)}, {literal(column.type)})"


def partition_sql(feed: Feed) -> str:
    time = identifier(feed.event_time)
    return {"none": "tuple()", "month": f"toYYYYMM({time})", "day": f"toYYYYMMDD({time})"}[
        feed.partition_by
    ]


def ledger_table() -> Table:
    return Table(LEDGER, LEDGER_COLUMNS, order_by="feed, batch_seq, revision")


def rejects_table(name: str = REJECTS) -> Table:
    return Table(name, REJECT_COLUMNS, order_by='feed, _batch_seq, "row"', partition_by="feed")


def key_index_table(name: str) -> Table:
    return Table(name, _KEY_COLUMNS, order_by="key_hash", index="_batch_seq")


def feed_table(feed: Feed) -> Table:
    return Table(
        feed.name,
        {**{column.name: column.type for column in feed.columns}, **META_COLUMNS},
        order_by=", ".join(identifier(name) for name in feed.order_by),
        partition_by=partition_sql(feed),
        defaults={
            column.name: default_sql(feed, column.name)
            for column in feed.columns
            if column.default is not None
        },
        codecs={
            **{column.name: column.codec for column in feed.columns if column.codec},
            "_row": ROW_CODEC,
        },
        index="_batch_seq",
        ttl=feed.ttl,
    )
