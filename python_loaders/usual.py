"""The short way through the cast, for the rows of usual text: in most files, all of them.

``casting.cast_sql`` is exact for every text, and takes several times as long as reading the file.
Here the shape of a time, one match of a number, or one search in all decimals of a row tells
whether it is written in the usual way; then a plain cast gives what the exact one would give.
Every row with another text, and every row that fails a check, is handed on as text, and the exact
cast decides.
"""

from __future__ import annotations

import re

from python_loaders import casting
from python_loaders.contract import Column, Feed
from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.source.typed_files import text_of, typed_name
from python_loaders.text_macros import NUMBER

# What DuckDB's cast to a decimal takes beside digits, points and signs; test_usual.py tries all.
_ODD_CHARACTERS = ("e", "E", "_", " ", "\t", "\n", "\v", "\f", "\r")
# Times as most programs write them: of such texts a plain cast takes only those of the hour 24, and
# of a blank before the hour, that the contract does not. Others are matched as a whole, which takes
# three times as long.
_TIME_SHAPES = ("____-__-__T__:__:__.______Z", "____-__-__T__:__:__.___Z", "____-__-__T__:__:00Z")
# From so many decimals on it is cheaper to look for those in all of their texts at once.
_MANY_DECIMALS = 4

# JSON arrays of texts, in which nothing but a quote or a backslash is escaped; others are NULL at
# first, which is a problem of the row.
_TEXT = r'"(?:[^"\\\x00-\x1f]|\\["\\])*"'
_TEXTS = rf"\[(?:{_TEXT}(?:, ?{_TEXT})*)?\]"

_WHOLE = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)")
_DUCK_DECIMAL = re.compile(r"DECIMAL\(\d+,(\d+)\)")


def usual_sql(feed: Feed, relation: str, present: list[str], typed: dict[str, str]) -> str:
    """SQL that casts the usual rows of ``relation``.

    It yields the contract's columns typed, and ``_given``: NULL for a usual row that passes every
    check, else the texts of the columns ``present``, in that order.

    Args:
        relation: has each column as text, none of which is empty, and, under ``typed_name``, those
            of ``typed`` as they are.
        present: columns that the relation has, ``_op`` among them or not.
        typed: DuckDB types of columns that the file itself types.
    """
    exact = {
        column.name: typed[column.name]
        for column in feed.columns
        if column.name in typed and _is_exact(column, typed[column.name])
    }
    texts = []
    for column in feed.columns:
        raw = _text(column.name)
        if column.name not in exact:
            texts.append(f"{casting.source_sql(column, set(present))} as {raw}")
        else:
            value = duck_identifier(typed_name(column.name))
            if column.default is not None:
                value = f"coalesce({value}, {_cast(column, duck_literal(column.default))})"
            texts.append(f"{value} as {raw}")
    # of a NULL neither a match nor a comparison is true, so that it is usual
    unusual = []
    if "_op" in present:
        texts.append(f"_op as {_text('_op')}")
        unusual.append("lower(\"_op text\") <> 'upsert'")
    decimals = [
        column
        for column in feed.columns
        if column.name in present
        and column.name not in exact
        and casting.DECIMAL.match(column.base_type)
    ]
    casts, searched = [], set[str]()
    if len(decimals) >= _MANY_DECIMALS:
        searched = {column.name for column in decimals}
        casts.append(f"concat({', '.join(_text(name) for name in sorted(searched))}) as _numbers")
        unusual += [
            f"contains(_numbers, {duck_literal(character)})" for character in _ODD_CHARACTERS
        ]
        unusual += [_is_longer(column) for column in decimals]
    for column in feed.columns:
        raw = _text(column.name)
        odd = "" if column.name in searched else _odd(column, raw)
        is_list = column.name in exact and exact[column.name].endswith("[]")
        casts.append(f"{raw if is_list else _cast(column, raw)} as {duck_identifier(column.name)}")
        if odd and column.name in present and column.name not in exact:
            unusual.append(odd)
        unusual += [problem.condition for problem in casting.find_problems(column, raw, zone=None)]
    unusual += [f"not ({check.sql})" for check in feed.checks]
    given = ", ".join(
        text_of(_text(name), exact[name]) if name in exact else _text(name) for name in present
    )
    return f"""
with text_rows as (
    select {", ".join(texts)} from {relation}
),
typed_rows as (
    select *, {", ".join(casts)} from text_rows
)
select
    {", ".join(duck_identifier(column.name) for column in feed.columns)},
    case when {" or ".join(f"({condition})" for condition in unusual) or "false"}
        then list_value({given}) end as _given
from typed_rows
"""


def _text(name: str) -> str:
    return duck_identifier(f"{name} text")


def _is_longer(column: Column) -> str:
    """Whether the text of a decimal has more places than its column, also if they are zeros."""
    match = casting.DECIMAL.match(column.base_type)
    assert match
    raw, scale = _text(column.name), int(match[2])
    # the first condition, which is cheap, decides for most
    return (
        f"strlen({raw}) > {scale + 1} and strpos({raw}, '.') > 0 "
        f"and strlen({raw}) - strpos({raw}, '.') > {scale}"
    )


def _is_exact(column: Column, type_: str) -> bool:
    """Whether a plain cast of a value of a DuckDB type gives what its text would give."""
    base = column.base_type
    if match := casting.DECIMAL.match(base):
        given = _DUCK_DECIMAL.fullmatch(type_)
        return bool(_WHOLE.fullmatch(type_)) or bool(given and int(given[1]) <= int(match[2]))
    if base in casting.UNSIGNED:
        return bool(_WHOLE.fullmatch(type_))
    if base.startswith("DateTime64"):
        return type_ == "TIMESTAMP WITH TIME ZONE"
    return type_ == {"Float64": "DOUBLE", "Array(String)": "VARCHAR[]"}.get(base)


def _odd(column: Column, raw: str) -> str:
    """The condition that a text is not usual; '' needs none.

    No ``not`` before more than a function: all below it would be evaluated, for every row.
    """
    base = column.base_type
    if base.startswith("DateTime64"):
        shapeless = " and ".join(f"{raw} not like {duck_literal(shape)}" for shape in _TIME_SHAPES)
        hourless = f"substr({raw}, 12, 2) not between '00' and '23'"
        return f"({shapeless} or {hourless}) and not {_full(raw, casting.TIME_WITH_OFFSET)}"
    if match := casting.DECIMAL.match(base):
        return f"not {_full(raw, casting.fitting(int(match[2])))}"
    if base in casting.UNSIGNED:
        return f"not {_full(raw, '[0-9]+')}"
    return f"not {_full(raw, NUMBER)}" if base == "Float64" else ""


def _full(raw: str, pattern: str) -> str:
    return f"regexp_full_match({raw}, {duck_literal(pattern)})"


def _cast(column: Column, value: str) -> str:
    """The cast that is right for a usual text, and for a value of an exact type."""
    base = column.base_type
    if match := casting.DECIMAL.match(base):
        return f"try_cast({value} as decimal({match[1]}, {match[2]}))"
    if base in casting.UNSIGNED:
        return f"try_cast({value} as {casting.UNSIGNED[base]})"
    if base == "Float64":
        number = f"try_cast({value} as double)"
        return f"case when isfinite({number}) then {number} end"
    if base.startswith("DateTime64"):
        return f"try_cast({value} as timestamptz)"
    if base == "Array(String)":
        return f"case when {_full(value, _TEXTS)} then from_json({value}, '[\"VARCHAR\"]') end"
    return casting.typed_sql(column, value, zone=None)
