"""JSON: one object a line, one document, one array, or lines of a number and an object."""

from __future__ import annotations

import codecs
from pathlib import Path

import duckdb

from python_loaders.errors import InputRefused, listed
from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.source.layout import Layout
from python_loaders.source.views import create_view, no_glob
from python_loaders.unpacking import CHUNK_BYTES

# what a line may hold at least: a full order book is some 100 kB
MAX_LINE_BYTES = 2_097_152


def open_jsonl(connection: duckdb.DuckDBPyConnection, plain: Path, path: Path) -> tuple[str, ...]:
    """Create the view over objects, one a line; the columns are their keys."""
    lines = (
        f"select json as record from read_json({duck_literal(no_glob(str(plain)))}, "
        "format = 'newline_delimited', records = false, columns = {json: 'JSON'})"
    )
    kinds = connection.execute(
        f"select distinct coalesce(json_type(record), 'NULL') as kind from ({lines}) "
        "where kind <> 'OBJECT'"
    ).fetchall()
    if kinds:
        raise InputRefused(
            f"{path}: a line holds {kinds[0][0].lower()}, not an object; fix the line"
        )
    # lines of the same keys are one group, so what follows is of a few rows
    keys = connection.execute(
        f"select distinct json_keys(record) as names from ({lines})"
    ).fetchall()
    for (names,) in keys:
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise InputRefused(f"{path}: a line names {listed(twice)} twice; fix the line")
    columns = tuple(sorted({name for (names,) in keys for name in names}))
    fields = ", ".join(
        f"record ->> {duck_literal(_json_path(name))} as {duck_identifier(name)}"
        for name in columns
    )
    create_view(connection, f"select {fields or 'null as nothing'} from ({lines})")
    return columns


def open_json(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[str, ...]:
    """Create the view over one document; the columns are the keys that the layout names."""
    columns = ", ".join(
        f"{duck_literal(name)}: {duck_literal(type_)}" for name, type_ in layout.json.items()
    )
    create_view(
        connection,
        f"select * from read_json({duck_literal(no_glob(str(plain)))}, format = 'unstructured', "
        f"records = true, columns = {{{columns}}}, "
        f"maximum_object_size = {max(plain.stat().st_size + 1024, 1 << 24)})",
    )
    present = connection.execute(
        "select "
        + ", ".join(f"bool_or({duck_identifier(name)} is not null)" for name in layout.json)
        + " from source"
    ).fetchone()
    missing = [name for name, there in zip(layout.json, present or (), strict=False) if not there]
    if missing:
        raise InputRefused(
            f"{path}: no key {', '.join(missing)} at the top; the format does not fit"
        )
    return tuple(layout.json)


def open_json_array(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path
) -> tuple[str, ...]:
    """Create the view over the elements of an array, in the column ``record``."""
    with plain.open("rb") as stream:
        start = stream.read(CHUNK_BYTES).removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(b"["):
        raise InputRefused(f"{path}: the JSON is no array; the format does not fit")
    create_view(
        connection,
        f"select json as record from read_json({duck_literal(no_glob(str(plain)))}, "
        "format = 'array', records = false, columns = {json: 'JSON'})",
    )
    return ("record",)


def open_lines(connection: duckdb.DuckDBPyConnection, plain: Path, path: Path) -> tuple[str, ...]:
    """Create the view over lines of a number and an object."""
    # one column: no byte of valid UTF-8 text but the line's end ends it
    lines = (
        f"(select line from read_csv({duck_literal(no_glob(str(plain)))}, auto_detect = false, "
        "header = false, columns = {line: 'VARCHAR'}, delim = '\x01', quote = '', escape = '', "
        f"strict_mode = true, max_line_size = {max(plain.stat().st_size, MAX_LINE_BYTES)}))"
    )
    fits = "regexp_matches(line, '^[0-9]+ [{]') and json_valid(substr(line, strpos(line, ' ') + 1))"
    bad = connection.execute(f"select left(line, 60) from {lines} where not ({fits}) limit 1")
    if (found := bad.fetchone()) is not None:
        raise InputRefused(
            f"{path}: a line is not a number, a space and a JSON object: {found[0]!r}; cut or "
            "correct it, or fetch the file again"
        )
    create_view(
        connection,
        "select left(line, strpos(line, ' ') - 1) as number, "
        f"substr(line, strpos(line, ' ') + 1)::json as record from {lines}",
    )
    return ("number", "record")


def _json_path(name: str) -> str:
    return '$."' + name.replace('"', '\\"') + '"'
