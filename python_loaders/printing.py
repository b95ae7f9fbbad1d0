"""What the commands print: tables for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from python_loaders.contract import Feed
from python_loaders.explain import Explanation, shown
from python_loaders.formats import list_formats
from python_loaders.loader import Loaded
from python_loaders.status import COUNTS


def print_json(rows: list[dict[str, Any]]) -> None:
    print(json.dumps(rows, default=_json_text, indent=2))


def _json_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def print_table(names: list[str], rows: list[list[Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console(soft_wrap=False, width=None if sys.stdout.isatty() else 200).print(table)


def print_explanations(explained: list[Explanation], limit: int, as_json: bool) -> None:
    """One metric with the rows that make it; several as a table."""
    if as_json:
        print_json([{**asdict(one), "agrees": one.agrees} for one in explained])
    elif len(explained) == 1:
        _print_explanation(explained[0], limit)
    else:
        names = ["metric", "value", "recomputed", "agrees", "formula"]
        rows = [
            [one.metric, _defined(one), shown(one.recomputed), one.agrees, one.formula]
            for one in explained
        ]
        print_table(names, rows)


def _defined(explained: Explanation) -> str:
    return shown(explained.value) + (f" ({explained.reason})" if explained.reason else "")


def _print_explanation(explained: Explanation, limit: int) -> None:
    lines = {
        "metric": explained.metric,
        "value": f"{_defined(explained)}, {explained.unit}",
        "formula": explained.formula,
        "convention": explained.convention,
        **{name: shown(entry) for name, entry in explained.inputs.items()},
        "recomputed": f"{shown(explained.recomputed)} from {len(explained.rows)} {explained.kind}"
        + ("" if explained.agrees else ": this differs"),
    }
    for name, text in lines.items():
        if text:
            print(f"{name:<16} {text}")
    if explained.rows and limit > 0:
        print()
        names = list(explained.rows[0])
        print_table(names, [[_cell(row[name]) for name in names] for row in explained.rows[:limit]])
        if len(explained.rows) > limit:
            print(f"... and {len(explained.rows) - limit} more; --limit or --json shows them")


def _cell(value: Any) -> str | None:
    return None if value is None else shown(value)


def print_loaded(loaded: list[Loaded], as_json: bool) -> None:
    rows = [
        {
            "feed": result.batch.feed,
            "source": result.batch.source,
            "batch_id": result.batch.batch_id,
            "repeated": result.repeated,
            **{
                name: 0 if result.repeated else getattr(result.batch, column)
                for name, column in COUNTS.items()
            },
        }
        for result in loaded
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        if row["repeated"]:
            print(f"{row['source']}: landed before as batch {row['batch_id']}; 0 rows landed")
            continue
        extra = "".join(
            f", {row[name]:,} {name}" for name in ("corrected", "deleted", "rounded") if row[name]
        )
        print(
            f"{row['source']}: {row['landed']:,} of {row['read']:,} rows landed in {row['feed']} "
            f"(batch {row['batch_id']}), {row['duplicates']:,} duplicates, "
            f"{row['rejected']:,} rejected{extra}"
        )


def presence(required: bool, default: str | None) -> str:
    if required:
        return "required"
    return "optional" if default is None else f"default {default!r}"


def feed_object(feed: Feed) -> dict[str, Any]:
    return {
        "feed": feed.name,
        "description": feed.description,
        "mode": feed.mode,
        "key": list(feed.key),
        "event_time": feed.event_time,
        "partition_by": feed.partition_by,
        "formats": list_formats(feed.name),
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "required": column.required,
                "default": column.default,
                "description": column.description,
            }
            for column in feed.columns
        ],
    }
