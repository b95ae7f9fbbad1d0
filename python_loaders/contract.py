"""Feed contracts, read from the dbt sources under models/staging/.

A feed is a dbt source table with ``config.meta.feed``; its columns carry types, defaults and
checks. This module is the only reader of those files: landing, casting and the command line work
on the dataclasses here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from python_loaders.errors import ConfigurationError
from python_loaders.yaml_text import parse_yaml

Mode = Literal["append", "upsert"]
Grain = Literal["none", "month", "day"]

_NULLABLE = re.compile(r"^Nullable\((.*)\)$")
_LOW_CARDINALITY = re.compile(r"^LowCardinality\((.*)\)$")


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    ``type`` is the ClickHouse type as declared, ``base_type`` the same without Nullable and
    LowCardinality. ``default`` is text, as a source would write it. ``codec`` is how the raw table
    compresses the column, where the engine's own way was measured to be worse.
    """

    name: str
    type: str
    description: str
    default: str | None = None
    accepted: tuple[str, ...] = ()
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    json: bool = False
    zone: bool = False
    codec: str | None = None

    @property
    def nullable(self) -> bool:
        return _NULLABLE.match(self.type) is not None

    @property
    def base_type(self) -> str:
        inner = _NULLABLE.sub(r"\1", self.type)
        return _LOW_CARDINALITY.sub(r"\1", inner)

    @property
    def required(self) -> bool:
        """True when a source must give the column a value."""
        return self.default is None and not self.nullable


@dataclass(frozen=True)
class Check:
    """A condition over the typed columns of one row, in DuckDB SQL; false rejects the row."""

    name: str
    column: str
    sql: str


@dataclass(frozen=True)
class Feed:
    """The contract of one raw table.

    ``counted`` feeds have rows without a name: those are told apart by their content, and alike
    ones are counted, so that the n-th of a source is the n-th of the log. Rows in which the column
    ``named_by`` is not empty go by the key. Duplicates share the partition.
    """

    name: str
    description: str
    mode: Mode
    key: tuple[str, ...]
    event_time: str
    partition_by: Grain
    order_by: tuple[str, ...]
    columns: tuple[Column, ...]
    version: str | None = None
    ttl: str | None = None
    checks: tuple[Check, ...] = field(default=())
    counted: bool = False
    named_by: str | None = None

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def uses_key_index(self) -> bool:
        """True when the live version of a key may lie in a partition the batch does not touch."""
        if self.counted:
            return False
        return self.partition_by != "none" and self.event_time not in self.key


def find_feed(feeds: dict[str, Feed], name: str) -> Feed:
    """The feed of that name.

    Raises:
        ConfigurationError: there is none.
    """
    if name not in feeds:
        raise ConfigurationError(f"no feed {name}; the feeds are {', '.join(feeds)}")
    return feeds[name]


def load_feeds(project_dir: Path) -> dict[str, Feed]:
    """Read every feed contract of the dbt project in ``project_dir``.

    Raises:
        ConfigurationError: no contracts there, or one that contradicts itself.
    """
    feeds: dict[str, Feed] = {}
    for path in sorted((project_dir / "models" / "staging").glob("*/_*__sources.yml")):
        document = parse_yaml(path.read_text(encoding="utf-8")) or {}
        for source in document.get("sources", []):
            for table in source.get("tables", []):
                meta = table.get("config", {}).get("meta", {}).get("feed")
                if meta is not None:
                    feed = _feed(table, meta, path)
                    feeds[feed.name] = feed
    if not feeds:
        raise ConfigurationError(
            f"{project_dir}: no feed contracts under models/staging; run in a Tradehouse project "
            "or name one with --project-dir"
        )
    return feeds


def _feed(table: dict[str, Any], meta: dict[str, Any], path: Path) -> Feed:
    columns = tuple(_column(entry) for entry in table.get("columns", []))
    names = {column.name for column in columns}
    feed = Feed(
        name=table["name"],
        description=" ".join(str(table.get("description", "")).split()),
        mode=meta["mode"],
        key=tuple(meta["key"]),
        event_time=meta["event_time"],
        partition_by=meta.get("partition_by", "none"),
        order_by=tuple(meta["order_by"]),
        columns=columns,
        version=meta.get("version"),
        ttl=meta.get("ttl"),
        checks=tuple(Check(**check) for check in meta.get("checks", [])),
        counted="counted" in meta,
        named_by=(meta.get("counted") or {}).get("unless"),
    )
    used = [*feed.key, feed.event_time, *feed.order_by, *(check.column for check in feed.checks)]
    used += [name for name in (feed.version, feed.named_by) if name]
    unknown = sorted(set(used) - names)
    if unknown:
        raise ConfigurationError(
            f"{path.name}: feed {feed.name} names columns it does not declare: "
            f"{', '.join(unknown)}; add them under columns or correct meta.feed"
        )
    if feed.counted and feed.mode != "append":
        raise ConfigurationError(
            f"{path.name}: feed {feed.name} counts alike rows, which only an append feed can; "
            "remove counted or set mode: append"
        )
    return feed


def _column(entry: dict[str, Any]) -> Column:
    meta = entry.get("config", {}).get("meta", {})
    default = meta.get("default")
    return Column(
        name=entry["name"],
        type=entry["data_type"],
        description=" ".join(str(entry.get("description", "")).split()),
        default=None if default is None else str(default),
        accepted=tuple(str(value) for value in meta.get("accepted", ())),
        minimum=meta.get("min"),
        above=meta.get("above"),
        maximum=meta.get("max"),
        json=bool(meta.get("json", False)),
        zone=bool(meta.get("zone", False)),
        codec=meta.get("codec"),
    )
