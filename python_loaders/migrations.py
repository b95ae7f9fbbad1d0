"""Bringing the raw tables to what the contracts say, recorded and with a way back.

A contract may gain a feed or a column; everything else would lose or change data that landed, and
is refused with advice. Every change is a row of ``_migrations``: ``started`` before the first
statement, ``applied`` after the last, so a killed migration is found and settled by the next one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from python_loaders.contract import Feed
from python_loaders.errors import ConfigurationError, in_one_line
from python_loaders.ledger import instant_text, utc_now
from python_loaders.quoting import identifier, literal
from python_loaders.raw import (
    WorkingTables,
    feed_table,
    key_index_table,
    key_table,
    ledger_table,
    rejects_table,
)
from python_loaders.warehouse import Table, Warehouse

MIGRATIONS = "_migrations"
PLANNED, REFUSED = "planned", "refused"
STARTED, APPLIED, FAILED = "started", "applied", "failed"
ROLLING_BACK, ROLLED_BACK = "rolling_back", "rolled_back"

_COLUMNS = {
    "migration": "UInt64",
    "revision": "UInt32",
    "status": "LowCardinality(String)",
    "change": "LowCardinality(String)",
    "table": "String",
    "column": "String",
    "type": "String",
    "statement": "String",
    "recorded_at": "DateTime64(6, 'UTC')",
}


def _table() -> Table:
    return Table(MIGRATIONS, _COLUMNS, order_by="migration, revision")


@dataclass(frozen=True)
class Change:
    """One step from what the database holds to what the contracts say.

    ``change`` is create_table, add_column, drop_column or change_type; ``status`` is planned,
    refused (then ``advice`` says what to do), or what ``_migrations`` says of it.
    """

    change: str
    table: str
    column: str = ""
    type: str = ""
    statement: str = ""
    status: str = PLANNED
    advice: str = ""
    migration: int = 0
    revision: int = 0


def plan(warehouse: Warehouse, feeds: dict[str, Feed]) -> list[Change]:
    """What the contracts ask of the raw database as it is; changes nothing."""
    existing = _columns(warehouse)
    tables: list[tuple[Table, Feed | None]] = [
        (ledger_table(), None),
        (rejects_table(), None),
        (_table(), None),
    ]
    for feed in feeds.values():
        tables.append((feed_table(feed), feed))
        if feed.uses_key_index:
            tables.append((key_index_table(key_table(feed)), None))
    changes = []
    for table, owner in tables:
        if table.name in existing:
            changes += _compare(warehouse, table, existing[table.name], owner)
        else:
            statement = warehouse.create_sql(table)
            changes.append(Change("create_table", table.name, statement=statement))
    # a batch that was staged before the change is published after it
    for feed in feeds.values():
        stage = WorkingTables.of(feed).stage
        if stage in existing:
            staged = replace(feed_table(feed), name=stage)
            same = _compare(warehouse, staged, existing[stage], feed)
            changes += [change for change in same if change.status == PLANNED]
    return changes


def migrate(warehouse: Warehouse, feeds: dict[str, Feed]) -> list[Change]:
    """Apply what the contracts ask for; the applied changes. One refusal refuses all.

    Raises:
        ConfigurationError: a contract changes or drops a column, or adds one without a default, or
            one that the database refuses.
    """
    schema = warehouse.target.schema
    for database in (schema, f"{schema}_staging", warehouse.database):
        warehouse.create_database(database)
    changes = plan(warehouse, feeds)
    if refused := [change for change in changes if change.status == REFUSED]:
        raise ConfigurationError("; ".join(change.advice for change in refused))
    if not changes:
        return []
    warehouse.create(_table())
    _settle(warehouse)
    last = _last_number(warehouse)
    started = _record(
        warehouse,
        [
            replace(change, migration=number, status=STARTED)
            for number, change in enumerate(changes, last + 1)
        ],
    )
    for change in started:
        try:
            warehouse.command(change.statement)
        except OperationalError:
            # the connection is gone: the next migration says what became of it
            raise
        except DatabaseError as error:
            _settle(warehouse)
            what = f"{change.change} {change.table} {change.column}".rstrip()
            raise ConfigurationError(
                f"{what}: the database refuses it: {in_one_line(error)}; correct the contract"
            ) from error
    return _record(warehouse, [replace(change, status=APPLIED) for change in started])


def roll_back(warehouse: Warehouse, feeds: dict[str, Feed]) -> Change:
    """Take the last applied change back, where no data would be lost.

    Raises:
        ConfigurationError: there is none, it holds data, or the contract still asks for it.
    """
    _settle(warehouse)
    # the stage of an open batch is changed as well, and is gone with the batch
    existing = _columns(warehouse)
    done = [c for c in history(warehouse) if c.status == APPLIED and c.table in existing]
    if not done:
        raise ConfigurationError("no migration is applied; there is nothing to roll back")
    last = done[-1]
    where = f"migration {last.migration} ({last.change} {last.table} {last.column}".rstrip() + ")"
    feed = feeds.get(last.table)
    if last.change == "create_table":
        wanted = last.table.startswith("_") or feed is not None
        loss = "1"
        undo = f"drop table {warehouse.name(last.table)}{warehouse.on_cluster} sync"
    else:
        wanted = feed is not None and last.column in feed.column_names
        name = identifier(last.column)
        default = _default_of(warehouse, last) or f"defaultValueOfTypeName({literal(last.type)})"
        loss = f"{name} is distinct from {default}"
        undo = f"alter table {warehouse.name(last.table)}{warehouse.on_cluster} drop column {name}"
    if wanted:
        raise ConfigurationError(
            f"{where}: the contracts still ask for it, and the next load would apply it again; "
            "take it out of the contract first"
        )
    rows = int(warehouse.scalar(f"select count() from {warehouse.name(last.table)} where {loss}"))
    if rows:
        raise ConfigurationError(
            f"{where}: {rows} rows hold data that would be lost; put it back into the contract"
        )
    (last,) = _record(warehouse, [replace(last, status=ROLLING_BACK)])
    warehouse.command(undo)
    return _record(warehouse, [replace(last, status=ROLLED_BACK)])[0]


def history(warehouse: Warehouse) -> list[Change]:
    """Every recorded change with its last status, oldest first."""
    if not warehouse.table_exists(MIGRATIONS):
        return []
    rows = warehouse.rows(
        f"select * except (recorded_at) from {warehouse.name(MIGRATIONS)} "
        "order by migration, revision desc limit 1 by migration"
    )
    return [Change(**row) for row in rows]


def _columns(warehouse: Warehouse) -> dict[str, dict[str, str]]:
    existing: dict[str, dict[str, str]] = {}
    for row in warehouse.rows(
        "select table, name, type from system.columns where database = {d:String}",
        d=warehouse.database,
    ):
        existing.setdefault(row["table"], {})[row["name"]] = row["type"]
    return existing


def _compare(
    warehouse: Warehouse, table: Table, existing: dict[str, str], feed: Feed | None
) -> list[Change]:
    who = f"feed {feed.name}: the contract" if feed else f"{table.name}: this version"
    where = warehouse.name(table.name)

    def refuse(change: str, name: str, type_: str, why: str) -> Change:
        return Change(change, table.name, name, type_, status=REFUSED, advice=f"{who} {why}")

    changes = []
    for name in sorted(set(existing) - set(table.columns)):
        why = f"drops {name}, and {where} holds it; put the column back"
        changes.append(refuse("drop_column", name, existing[name], why))
    for name, type_ in table.columns.items():
        if name in existing and existing[name] != type_:
            why = (
                f"changes {name} from {existing[name]} to {type_}, and {where} holds data of the "
                "old type; put the type back, or give the new column a new name"
            )
            changes.append(refuse("change_type", name, type_, why))
        elif name not in existing and feed and feed.column(name).required:
            why = (
                f"cannot fill rows that landed before: the new column {name} has no default and "
                "is not Nullable; give it one of the two"
            )
            changes.append(refuse("add_column", name, type_, why))
        elif name not in existing:
            default = f" default {table.defaults[name]}" if name in table.defaults else ""
            statement = (
                f"alter table {where}{warehouse.on_cluster} "
                f"add column {identifier(name)} {type_}{default}"
            )
            changes.append(Change("add_column", table.name, name, type_, statement))
    return changes


def _default_of(warehouse: Warehouse, change: Change) -> str:
    """The default expression of an added column, as the database holds it."""
    rows = warehouse.rows(
        "select default_expression from system.columns "
        "where database = {d:String} and table = {t:String} and name = {n:String}",
        d=warehouse.database,
        t=change.table,
        n=change.column,
    )
    return str(rows[0]["default_expression"]) if rows else ""


def _settle(warehouse: Warehouse) -> None:
    """Say of changes that were begun, and may not have ended, what became of them."""
    existing = _columns(warehouse)
    settled = []
    for change in history(warehouse):
        if change.status not in (STARTED, ROLLING_BACK):
            continue
        is_there = change.table in existing and (
            not change.column or change.column in existing[change.table]
        )
        gone = FAILED if change.status == STARTED else ROLLED_BACK
        settled.append(replace(change, status=APPLIED if is_there else gone))
    if settled:
        _record(warehouse, settled)


def _last_number(warehouse: Warehouse) -> int:
    return int(warehouse.scalar(f"select max(migration) from {warehouse.name(MIGRATIONS)}"))


def _record(warehouse: Warehouse, changes: list[Change]) -> list[Change]:
    """Write the status of changes, at once: an insert for each took a third of a first load."""
    changes = [replace(change, revision=change.revision + 1) for change in changes]
    recorded_at = instant_text(utc_now())
    rows: list[dict[str, Any]] = [
        {name: value for name, value in asdict(change).items() if name in _COLUMNS}
        | {"recorded_at": recorded_at}
        for change in changes
    ]
    warehouse.insert_json(MIGRATIONS, rows)
    return changes
