"""The tables of the raw schema in PostgreSQL: types, columns, and what a changed contract does."""

from __future__ import annotations

from dataclasses import dataclass

from python_loaders.casting import DECIMAL
from python_loaders.contract import Column, Feed
from python_loaders.errors import ConfigurationError
from python_loaders.postgres_target.connection import PostgresWarehouse
from python_loaders.quoting import pg_identifier, pg_literal
from python_loaders.raw import LEDGER, LEDGER_COLUMNS, META_COLUMNS, REJECT_COLUMNS, REJECTS

_TYPES = {
    "String": "text",
    "Array(String)": "text[]",
    "Float64": "double precision",
    "UInt8": "smallint",
    "UInt16": "integer",
    "UInt32": "bigint",
    "UInt64": "numeric(20,0)",
}
# no count reaches the half of a UInt64 that a bigint lacks
_BOOK_TYPES = {**_TYPES, "UInt64": "bigint"}

# What landing adds to the columns of every feed. A version that was corrected or deleted names the
# batch that ended it; the others are live.
_META = {
    **{name: META_COLUMNS[name] for name in ("_batch_id", "_batch_seq", "_row", "_loaded_at")},
    "_ended_seq": "Nullable(UInt64)",
}


@dataclass(frozen=True)
class Declaration:
    """A column: its type, and what else a table says of it."""

    type: str
    further: str

    def __str__(self) -> str:
        return f"{self.type} {self.further}"


def lands(feed: Feed) -> bool:
    """Whether a feed can land: one whose rows have a key, of types that PostgreSQL has."""
    return not feed.counted and all(_type(column, _TYPES) for column in feed.columns)


def prepare(warehouse: PostgresWarehouse, feeds: dict[str, Feed]) -> None:
    """Bring the raw tables to what the contracts say; a new column is added with its default.

    Raises:
        ConfigurationError: a contract changes or drops a column.
    """
    if _statements(warehouse, feeds):
        with warehouse.transaction():
            warehouse.rows("select pg_advisory_xact_lock(hashtextextended('tradehouse tables', 0))")
            # another process may have done it meanwhile
            for statement in _statements(warehouse, feeds):
                warehouse.rows(statement)


def _statements(warehouse: PostgresWarehouse, feeds: dict[str, Feed]) -> list[str]:
    schema = warehouse.target.raw_database
    present: dict[str, dict[str, str]] = {}
    for row in warehouse.rows(
        "select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) "
        "as type from pg_attribute as a join pg_class as c on a.attrelid = c.oid "
        "join pg_namespace as n on c.relnamespace = n.oid "
        "where n.nspname = %s and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped",
        schema,
    ):
        present.setdefault(row["table"], {})[row["column"]] = row["type"]
    statements = []
    # only where it is missing: the right to create schemas is asked for first
    if not warehouse.rows("select 1 from pg_namespace where nspname = %s", schema):
        statements.append(f"create schema if not exists {pg_identifier(schema)}")
    for table, columns in _wanted(feeds).items():
        name = warehouse.name(table)
        if table not in present:
            declared = ", ".join(f"{pg_identifier(c)} {one}" for c, one in columns.items())
            statements.append(f"create table {name} ({declared})")
            if table in feeds:
                key = ", ".join(map(pg_identifier, feeds[table].key))
                # that a key has one live version at most is kept by the database itself
                statements.append(f"create unique index on {name} ({key}) where _ended_seq is null")
            continue
        for column, type_ in present[table].items():
            if column not in columns or columns[column].type != type_:
                raise ConfigurationError(
                    f"{schema}.{table}.{column} is {type_}: the contract changes or drops it; "
                    "give the column of the contract a new name"
                )
        statements += [
            f"alter table {name} add column {pg_identifier(column)} {declaration}"
            for column, declaration in columns.items()
            if column not in present[table]
        ]
    return statements


def _wanted(feeds: dict[str, Feed]) -> dict[str, dict[str, Declaration]]:
    return {
        LEDGER: _book(LEDGER_COLUMNS),
        REJECTS: _book(REJECT_COLUMNS),
        **{
            feed.name: {
                **{column.name: _declared(column, _TYPES) for column in feed.columns},
                **_book(_META),
            }
            for feed in feeds.values()
            if lands(feed)
        },
    }


def _book(columns: dict[str, str]) -> dict[str, Declaration]:
    return {
        name: _declared(Column(name, type_, ""), _BOOK_TYPES) for name, type_ in columns.items()
    }


def _declared(column: Column, types: dict[str, str]) -> Declaration:
    type_ = str(_type(column, types))
    # by code point, as the other engine sorts: what decides between equal times must not be the
    # server's locale
    further = 'collate "C" ' if type_ == "text" else ""
    further += "" if column.nullable else "not null "
    if column.default is not None:
        further += "default " + pg_literal("{}" if type_ == "text[]" else column.default)
    return Declaration(type_, further)


def _type(column: Column, types: dict[str, str]) -> str | None:
    base = column.base_type
    if match := DECIMAL.match(base):
        return f"numeric({match[1]},{match[2]})"
    if base.startswith("DateTime64"):
        return "timestamp with time zone"
    return types.get(base)
