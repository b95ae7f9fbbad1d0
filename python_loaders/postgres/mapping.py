"""The mapping of a source: which PostgreSQL tables and columns make the rows of which feeds.

``sources/NAME.yml`` says it; ``sources/example.yml`` shows every key. Nothing secret stands there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from python_loaders.contract import Feed, find_feed
from python_loaders.errors import ConfigurationError
from python_loaders.yaml_text import parse_yaml

CHUNK_ROWS = 250_000
# A transaction shows its start to others a moment after it took it.
LAG_S = 5.0

_KEYS = {
    "table", "columns", "constants", "cursor", "timezone", "tombstone", "ignore_null", "lag_s",
    "chunk_rows", "max_reject_rate", "archive",
}  # fmt: skip


@dataclass(frozen=True)
class TableMapping:
    """One table of a source, and the feed that its rows land in.

    Attributes:
        columns: column of the feed to column of the table.
        constants: column of the feed to the text that every row has.
        cursor: columns (time of the last change, identifier) that order the rows.
        timezone: IANA zone of times without one; None refuses such columns.
        tombstone: column that marks a deleted row, by true or by any time.
        ignore_null: column that is NULL as long as a row is not there yet, such as an open trade.
        lag_s: seconds that the cursor stays behind the oldest running transaction.
        closed_at: column whose age says what may be archived; '' for a table that is not archived.
        archived_at: column that marks an archived row; '' deletes it.
    """

    source: str
    feed: Feed
    table: str
    columns: dict[str, str]
    constants: dict[str, str]
    cursor: tuple[str, str]
    timezone: str | None = None
    tombstone: str = ""
    ignore_null: str = ""
    lag_s: float = LAG_S
    chunk_rows: int = CHUNK_ROWS
    max_reject_rate: float = 0.01
    closed_at: str = ""
    archived_at: str = ""

    @property
    def label(self) -> str:
        """What the ledger names as the source of its batches."""
        return f"postgres:{self.source}/{self.table}"

    @property
    def where(self) -> str:
        """How messages name the mapping."""
        return f"sources/{self.source}.yml: {self.feed.name}"


@dataclass(frozen=True)
class Source:
    """A PostgreSQL database and its mapped tables, in the order of the file.

    ``service`` names an entry of the service file; without one libpq's environment decides.
    """

    name: str
    service: str
    tables: tuple[TableMapping, ...]

    def chosen(self, feeds: list[str]) -> list[TableMapping]:
        """The tables of these feeds; of all without any."""
        known = [table.feed.name for table in self.tables]
        for feed in feeds:
            if feed not in known:
                raise ConfigurationError(
                    f"sources/{self.name}.yml maps no feed {feed}; it maps {', '.join(known)}"
                )
        return [table for table in self.tables if not feeds or table.feed.name in feeds]


def read_source(project: Path, name: str, feeds: dict[str, Feed]) -> Source:
    """Read ``sources/NAME.yml`` of the project.

    Raises:
        ConfigurationError: no such file, or one that cannot mean a mapping.
    """
    folder = project / "sources"
    path = folder / f"{name}.yml"
    if Path(name).name != name or not path.is_file():
        there = ", ".join(sorted(file.stem for file in folder.glob("*.yml"))) or "none"
        raise ConfigurationError(f"no file sources/{name}.yml; the sources are {there}")
    where = f"sources/{name}.yml"
    try:
        document = parse_yaml(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{where}: not YAML: {' '.join(str(error).split())}") from error
    document = _object(document, where, {"type", "connection", "tables"})
    if document.get("type") != "postgres":
        raise ConfigurationError(f"{where}: type is {document.get('type')!r}; write postgres")
    tables = document.get("tables")
    if not isinstance(tables, dict) or not tables:
        raise ConfigurationError(f"{where}: tables is empty; map at least one feed")
    return Source(
        name=name,
        service=_service(document.get("connection") or {}, where),
        tables=tuple(
            _table(name, find_feed(feeds, feed), entry, f"{where}: {feed}")
            for feed, entry in tables.items()
        ),
    )


def _object(value: Any, where: str, keys: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}: not a mapping; see sources/example.yml")
    unknown = sorted(str(key) for key in value if key not in keys)
    if unknown:
        raise ConfigurationError(
            f"{where}: unknown key {', '.join(unknown)}; it takes {', '.join(sorted(keys))}"
        )
    return value


def _service(connection: Any, where: str) -> str:
    if isinstance(connection, dict) and set(connection) - {"service"}:
        raise ConfigurationError(
            f"{where}: connection takes service alone; hosts and secrets stand in the service "
            "file, the password file or the environment"
        )
    return str(_object(connection, f"{where}: connection", {"service"}).get("service") or "")


def _table(source: str, feed: Feed, entry: Any, where: str) -> TableMapping:
    entry = _object(entry, where, _KEYS)
    for key in ("table", "columns", "cursor"):
        if not entry.get(key):
            raise ConfigurationError(f"{where}: {key} is missing")
    if str(entry["table"]).count(".") != 1:
        raise ConfigurationError(f"{where}: table is {entry['table']!r}; write schema.table")
    columns = {str(k): str(v) for k, v in _object_of(entry, "columns", where).items()}
    constants = {str(k): str(v) for k, v in _object_of(entry, "constants", where).items()}
    known = set(feed.column_names)
    if unknown := sorted((set(columns) | set(constants)) - known):
        raise ConfigurationError(f"{where}: the feed has no column {', '.join(unknown)}")
    if twice := sorted(set(columns) & set(constants)):
        raise ConfigurationError(f"{where}: {', '.join(twice)} is a column and a constant")
    missing = [c.name for c in feed.columns if c.required and c.name not in {*columns, *constants}]
    if missing:
        raise ConfigurationError(f"{where}: the feed needs {', '.join(missing)}; map it")
    cursor = entry["cursor"]
    if not isinstance(cursor, list) or len(cursor) != 2:
        raise ConfigurationError(f"{where}: cursor takes two columns: [updated_at, id]")
    if (entry.get("tombstone") or entry.get("ignore_null")) and feed.mode != "upsert":
        raise ConfigurationError(
            f"{where}: an append feed takes no deletions; drop tombstone and ignore_null"
        )
    archive = _object(entry.get("archive") or {}, f"{where}: archive", {"closed_at", "archived_at"})
    if archive and not archive.get("closed_at"):
        raise ConfigurationError(f"{where}: archive needs closed_at")
    if feed.event_time not in columns:
        raise ConfigurationError(f"{where}: {feed.event_time} must be mapped to a column")
    return TableMapping(
        source=source,
        feed=feed,
        table=str(entry["table"]),
        columns=columns,
        constants=constants,
        cursor=(str(cursor[0]), str(cursor[1])),
        timezone=_zone(entry.get("timezone"), where),
        tombstone=str(entry.get("tombstone") or ""),
        ignore_null=str(entry.get("ignore_null") or ""),
        lag_s=_number(entry, "lag_s", LAG_S, where),
        chunk_rows=int(_number(entry, "chunk_rows", CHUNK_ROWS, where)) or CHUNK_ROWS,
        max_reject_rate=_number(entry, "max_reject_rate", 0.01, where),
        closed_at=str(archive.get("closed_at") or ""),
        archived_at=str(archive.get("archived_at") or ""),
    )


def _object_of(entry: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = entry.get(key) or {}
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}: {key} maps columns of the feed, one a line")
    return value


def _zone(value: Any, where: str) -> str | None:
    if value is None:
        return None
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(f"{where}: timezone {value} is no IANA zone") from error
    return str(value)


def _number(entry: dict[str, Any], key: str, default: float, where: str) -> float:
    value = entry.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ConfigurationError(f"{where}: {key} is {value!r}; write a number, 0 or more")
    return float(value)
