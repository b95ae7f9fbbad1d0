"""The rows of a source, cast by the contract: good ones as Arrow, bad ones with their reasons."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from python_loaders.casting import RECORD_SEPARATOR, UNIT_SEPARATOR, cast_sql
from python_loaders.contract import Feed
from python_loaders.errors import InputRefused
from python_loaders.formats import Format
from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.source import Source
from python_loaders.source.layout import difference
from python_loaders.source.typed_files import text_of, typed_name
from python_loaders.usual import usual_sql

# Rows of one insert.
CHUNK_ROWS = 100_000

# Good rows, rejects, values rounded, rows read.
Checked = tuple[pa.Table, list[dict[str, Any]], int, int]


def checked_rows(
    feed: Feed, source: Source, fmt: Format, constants: dict[str, str], zone: str | None
) -> Iterator[Checked]:
    """The rows of a source, cast and checked, in chunks.

    Rows that the short way does not decide wait, as text, until there is a chunk of them: the
    exact cast costs as much for one row as for thousands.

    Args:
        constants: values of columns that the command gives, for every row.
        zone: IANA zone of times without an offset; None rejects those.

    Raises:
        InputRefused: the columns do not fit, or the file is damaged.
    """
    columns, typed, relation = _text_relation(feed, source, fmt, constants)
    present = sorted(columns)
    offset = 0
    waiting: list[pa.Table] = []
    try:
        stream = source.connection.sql(usual_sql(feed, relation, present, typed))
        for table in _chunks(stream.to_arrow_reader(CHUNK_ROWS)):
            rows = table.num_rows
            # from its buffer: pa.array would import pandas, which takes longer than a small load
            numbers = pa.Array.from_buffers(
                pa.uint64(),
                rows,
                [None, pa.py_buffer(array("Q", range(offset + 1, offset + rows + 1)))],
            )
            table = table.append_column("_row", numbers)
            offset += rows
            if table.column("_given").null_count < rows:
                decided = pc.is_null(table.column("_given"))
                waiting.append(table.filter(pc.invert(decided)).select(["_row", "_given"]))
                table = table.filter(decided)
            yield _insertable(feed, table), [], 0, rows
            if sum(part.num_rows for part in waiting) >= CHUNK_ROWS:
                yield _exactly(feed, source, present, zone, waiting)
                waiting = []
        if waiting:
            yield _exactly(feed, source, present, zone, waiting)
    except (duckdb.Error, OSError) as error:
        raise InputRefused(f"{source.path}: {_engine_message(error, offset)}") from error


def _chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Record batches put together: an insert costs much the same for few rows as for many."""
    parts: list[pa.RecordBatch] = []
    for batch in batches:
        parts.append(batch)
        if sum(part.num_rows for part in parts) >= CHUNK_ROWS:
            yield pa.Table.from_batches(parts)
            parts = []
    if parts:
        yield pa.Table.from_batches(parts)


def _exactly(
    feed: Feed, source: Source, present: list[str], zone: str | None, waiting: list[pa.Table]
) -> Checked:
    """Cast rows that were read before, given as ``_row`` and the list of their texts."""
    rows = pa.concat_tables(waiting)
    fields = ", ".join(
        f"_given[{place}] as {duck_identifier(name)}" for place, name in enumerate(present, 1)
    )
    has_op = "_op" in present
    relation = f"(select {fields} from waiting_rows)"
    sql = cast_sql(feed, relation, set(present) - {"_op"}, zone=zone, has_op=has_op)
    with source.second_connection() as connection:
        connection.register("waiting_rows", rows)
        # by way of a table: a relation is analysed twice, which takes longer than to cast some
        # thousand rows; the engine keeps the order of the rows
        connection.execute(f"create temp table cast_rows as {sql}")
        table = connection.sql("from cast_rows").to_arrow_reader(CHUNK_ROWS).read_all()
    table = table.append_column("_row", rows.column("_row"))
    is_good = pc.is_null(table.column("_problems"))
    bad = table.filter(pc.invert(is_good)).select(["_row", "_problems", "_record"])
    table = table.filter(is_good)
    good = _insertable(feed, table)
    if has_op:
        good = good.append_column("_sign", table.column("_sign"))
    rounded = int(pc.sum(table.column("_rounded")).as_py() or 0)
    return good, [_reject(row) for row in bad.to_pylist()], rounded, 0


def _text_relation(
    feed: Feed, source: Source, fmt: Format, constants: dict[str, str]
) -> tuple[set[str], dict[str, str], str]:
    """The contract columns that the source and --set give, and a relation of them as text.

    It also has the columns that the file or the format types, under ``typed_name``, and with them
    come their types.
    """
    if fmt.sql:
        source.connection.execute(f"create or replace temp view formatted as {fmt.sql}")
        described = source.connection.execute("describe select * from formatted").fetchall()
        types = {name: str(type_) for name, type_, *_ in described}
        values = {
            name: (text_of(duck_identifier(name), type_), duck_identifier(name))
            for name, type_ in types.items()
        }
        given, relation = tuple(types), "formatted"
    else:
        given, types, relation = source.columns, source.typed, "source"
        values = {
            name: (duck_identifier(name), duck_identifier(typed_name(name))) for name in given
        }
    allowed = {*feed.column_names, *(["_op"] if feed.mode == "upsert" else [])}
    unknown = [name for name in given if name not in allowed]
    columns = (set(given) & allowed) | set(constants)
    missing = [
        column.name for column in feed.columns if column.required and column.name not in columns
    ]
    if missing or unknown:
        advice = (
            "a missing one can be given with --set COLUMN=VALUE"
            if missing
            else (f"the columns of the feed are listed by tradehouse feeds {feed.name}")
        )
        raise InputRefused(f"{source.path}: {difference(missing, unknown)}; {advice}")
    typed = {
        name: type_ for name, type_ in types.items() if name not in constants and type_ != "VARCHAR"
    }
    # a text that is empty is no value; what is read from CSV has none, and a comparison for each
    # took a twentieth of the checking
    has_empty = bool(fmt.sql) or not source.has_no_empty_text
    texts = {name: f"nullif({text}, '')" if has_empty else text
             for name, (text, _) in values.items()}  # fmt: skip
    texts |= {name: f"nullif({duck_literal(value)}, '')" for name, value in constants.items()}
    selected = [f"{texts[name]} as {duck_identifier(name)}" for name in sorted(columns)]
    selected += [f"{values[name][1]} as {duck_identifier(typed_name(name))}" for name in typed]
    source.connection.execute(
        f"create or replace temp view given as select {', '.join(selected)} from {relation}"
    )
    return columns, typed, "given"


def _reject(row: dict[str, Any]) -> dict[str, Any]:
    pairs = [part.split(UNIT_SEPARATOR, 1) for part in row["_problems"].split(RECORD_SEPARATOR)]
    record = json.loads(row["_record"])
    values = {name.removesuffix(" text"): value for name, value in record.items()}
    column, reason = pairs[0]
    return {
        "row": row["_row"],
        "column": column,
        "value": str(values.get(column) if values.get(column) is not None else ""),
        "reason": reason,
        "reasons": [f"{name}: {text}" for name, text in pairs],
        "record": json.dumps({k: v for k, v in values.items() if v is not None}),
    }


def _insertable(feed: Feed, table: pa.Table) -> pa.Table:
    """The columns that landing takes, without the NULLs that an insert would turn to defaults."""
    result = table.select([*feed.column_names, "_row"])
    for column in feed.columns:
        if not column.nullable and result.column(column.name).null_count:
            raise AssertionError(f"{column.name}: NULL in a column that is not Nullable")
    return result


def _engine_message(error: BaseException, offset: int) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines[:6])
    match = re.search(r"CSV Error on Line: (\d+)", text)
    where = f"line {match[1]}" if match else f"after row {offset}"
    what = text.split("Possible", 1)[0][:400].strip()
    return f"{where}: {what}; correct the file and load it again"
