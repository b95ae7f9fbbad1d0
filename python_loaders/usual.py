"""The short way through the cast, for the rows of usual text: in most files, all of them.

``casting.cast_sql`` is exact for every text, and takes several times as long as reading the file.
Here one match per number and time tells whether it is written in the usual way; then a plain cast
gives what the exact one would give. Every row with another text, and every row that fails a check,
is handed on as text, and the exact cast decides on it.
"""

from __future__ import annotations

from python_loaders import casting
from python_loaders.contract import Column, Feed
from python_loaders.quoting import duck_identifier, duck_literal


def native_columns(feed: Feed, types: dict[str, str]) -> set[str]:
    """Of columns with these DuckDB types, those that the contract takes without a text between.

    What loses nothing on the way: decimals and whole numbers into decimals, whole numbers into
    whole numbers, instants of a known zone, text. A double is none: its shortest text is what it
    means.
    """
    return {
        column.name
        for column in feed.columns
        if column.name in types and _is_native(column, types[column.name])
    }


def _is_native(column: Column, type_: str) -> bool:
    base = column.base_type
    whole = type_ in {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"} or type_ in (
        kind.upper() for kind in casting.UNSIGNED.values()
    )
    if match := casting.DECIMAL.match(base):
        given = casting.DUCK_DECIMAL.match(type_)
        return whole or (given is not None and int(given[1]) <= int(match[2]))
    if base in casting.UNSIGNED:
        return whole
    if base == "Float64":
        return type_ in {"FLOAT", "DOUBLE"}
    if base.startswith("DateTime64"):
        return type_ == "TIMESTAMP WITH TIME ZONE"
    return base == "String" and type_ == "VARCHAR"


def usual_sql(
    feed: Feed, relation: str, present: list[str], native: frozenset[str] = frozenset()
) -> str:
    """SQL that casts the usual rows of ``relation``, whose columns are text but for ``native``.

    It yields the contract's columns typed, and ``_given``: NULL for a usual row that passes every
    check, else the texts of the columns ``present``, in that order.

    Args:
        present: columns that the relation has, ``_op`` among them or not.
    """
    texts = []
    for column in feed.columns:
        is_native = column.name in native
        source = _native_sql(column) if is_native else casting.source_sql(column, set(present))
        texts.append(f"{source} as {_text(column.name)}")
    conditions = []
    if "_op" in present:
        texts.append(f"_op as {_text('_op')}")
        conditions.append("coalesce(lower(\"_op text\"), '') in ('', 'upsert')")
    typed, problems = [], []
    for column in feed.columns:
        pattern, cast = _native(column) if column.name in native else _usual(column)
        typed.append(f"{cast} as {duck_identifier(column.name)}")
        if pattern and column.name in present:
            condition = f"regexp_full_match({_text(column.name)}, {duck_literal(pattern)})"
            conditions.append(f"coalesce({condition}, true)")
        problems += [
            problem.condition
            for problem in casting.find_problems(column, _text(column.name), zone=None)
        ]
    problems += [f"not ({check.sql})" for check in feed.checks]
    given = ", ".join(f"{_text(name)}::varchar" for name in present)
    return f"""
with text_rows as (
    select {", ".join(texts)} from {relation}
),
typed_rows as (
    select *, {", ".join(typed)}, {" and ".join(conditions) or "true"} as _usual from text_rows
)
select
    {", ".join(duck_identifier(column.name) for column in feed.columns)},
    case when not _usual or coalesce({" or ".join(f"({p})" for p in problems)}, false)
        then list_value({given}) end as _given
from typed_rows
"""


def _native_sql(column: Column) -> str:
    """A column of the source as it is, or the default where it is silent."""
    name = duck_identifier(column.name)
    given = f"nullif({name}, '')" if column.base_type == "String" else name
    if column.default is None:
        return given
    return f"coalesce({given}, {duck_literal(column.default)})"


def _native(column: Column) -> tuple[str, str]:
    raw, base = _text(column.name), column.base_type
    if match := casting.DECIMAL.match(base):
        return "", f"try_cast({raw} as decimal({match[1]}, {match[2]}))"
    if base in casting.UNSIGNED:
        return "", f"try_cast({raw} as {casting.UNSIGNED[base]})"
    if base == "Float64":
        value = f"{raw}::double"
        return "", f"case when isfinite({value}) then {value} end"
    return "", raw


def _text(name: str) -> str:
    return duck_identifier(f"{name} text")


def _usual(column: Column) -> tuple[str, str]:
    """The pattern of the usual text ('' needs none), and the cast that is right for it."""
    raw, base = _text(column.name), column.base_type
    if match := casting.DECIMAL.match(base):
        scale = int(match[2])
        cast = f"try_cast({raw} as decimal({match[1]}, {scale}))"
        return casting.fitting(scale), cast
    if base in casting.UNSIGNED:
        return "[0-9]+", f"try_cast({raw} as {casting.UNSIGNED[base]})"
    if base == "Float64":
        value = f"try_cast({raw} as double)"
        return casting.NUMBER, f"case when isfinite({value}) then {value} end"
    if base.startswith("DateTime64"):
        return casting.TIME_WITH_OFFSET, f"try_cast({raw} as timestamptz)"
    return "", casting.typed_sql(column, raw, zone=None)
